import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitWith } from '../shared/exit-with';
import { readArguments, USAGE } from './arguments';
import { addInputs } from './corpus';
import { BlockCoverage } from './coverage';
import { grow } from './grow';
import { divide, type Failure, type Portion } from './plan';
import { tableOf, together } from './report';
import { runAll } from './run';
import { runInput } from './run-input';
import type { Target } from './target';
import { TARGETS } from './targets';

/**
 * Runs what reads outside data on inputs that nobody would write: nothing may throw, hang, take more than linear time or
 * differ from a slow reference. Ends with 1 if one does.
 */
const FOLDER = path.resolve(__dirname, '../../dist/fuzz');

async function main(): Promise<number> {
  const args = readArguments(
    process.argv.slice(2),
    TARGETS.map(({ name }) => name),
  );
  if (args === 'help') {
    console.log(USAGE);
    return 0;
  }
  if (args === 'list') {
    for (const { name, about } of TARGETS) console.log(`${name.padEnd(16)} ${about}`);
    return 0;
  }
  if (args.file !== undefined) return runAgain(args.file);
  const targets = TARGETS.filter(({ name }) => args.only?.includes(name) ?? true);
  console.log(`seed ${args.seed}`);
  if (args.grows) return growAll(divide(args.inputs, targets), targets, args.seed);
  const { parts, failures } = await runAll(divide(args.inputs, targets), args.seed, targets, ({ target }) => {
    console.error(`  ${target}`);
  });
  const sums = together(parts);
  for (const failure of failures) show(failure, write(failure));
  console.log(tableOf(sums, targets));
  const found = sums.reduce((sum, { crashes, hangs, differences }) => sum + crashes + hangs + differences, 0);
  const ended = sums.length;
  console.log(`Targets: ${ended - sums.filter(hasFault).length} passed, ${ended} total`);
  return found === 0 && ended === targets.length ? 0 : 1;
}

function hasFault({
  crashes,
  hangs,
  differences,
}: {
  crashes: number;
  hangs: number;
  differences: number;
}): boolean {
  return crashes + hangs + differences > 0;
}

/** One target after the other, here: what an input reaches is known only of the process that runs it. */
async function growAll(
  portions: readonly Portion[],
  targets: readonly Target[],
  seed: number,
): Promise<number> {
  const coverage = new BlockCoverage();
  let faulty = 0;
  for (const [at, target] of targets.entries()) {
    const { found, faults, blocksBefore, blocks } = await grow(target, {
      inputs: portions[at]?.inputs ?? 1,
      seed,
      coverage,
    });
    addInputs(target.name, found);
    for (const { fault, input, seed: its } of faults.slice(0, 3)) {
      const failure = { target: target.name, ...fault, seed: its, input };
      show(failure, write(failure));
    }
    faulty += faults.length;
    const more = `${found.length} inputs found`;
    console.log(
      `${target.name.padEnd(16)} ${blocksBefore} blocks that ran or were left out, now ${blocks}: ${more}`,
    );
  }
  coverage.close();
  return faulty === 0 ? 0 : 1;
}

async function runAgain(file: string): Promise<number> {
  const failure = JSON.parse(readFileSync(file, 'utf8')) as Failure;
  const target = TARGETS.find(({ name }) => name === failure.target);
  if (!target) throw new Error(`${file} names no target.`);
  const { fault, ms } = await runInput(target, failure.input, failure.seed);
  console.log(fault ? `${fault.kind}: ${fault.message}` : `no fault; ${ms.toFixed(1)} ms`);
  return fault ? 1 : 0;
}

/** @returns the file that has the input */
function write(failure: Failure): string {
  mkdirSync(FOLDER, { recursive: true });
  const file = path.join(FOLDER, `${failure.target}-${failure.kind}-${failure.seed}.json`);
  writeFileSync(file, `${JSON.stringify(failure, null, 2)}\n`);
  return file;
}

function show({ target, kind, message, input }: Failure, file: string): void {
  const text = JSON.stringify(input.slice(0, 400));
  console.log(`${kind} in ${target}: ${message}\n  input (${input.length} characters): ${text}`);
  console.log(`  again: npm run fuzz -- --file ${path.relative(process.cwd(), file)}\n`);
}

exitWith(main);
