import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeInput } from './mutate';
import {
  readPosition,
  writePosition,
  type Failure,
  type Part,
  type Portion,
  type Position,
  type Report,
  type Work,
} from './plan';
import { Random, seedOf } from './random';
import type { Target } from './target';

/** An input that has not ended by then never will. */
const STUCK_MS = 20_000;
const LOOK_EVERY_MS = 500;

export interface Run {
  readonly parts: readonly Part[];
  readonly failures: readonly Failure[];
}

/** Runs all portions in a process; after an input that hangs a new one goes on with the next one. */
export async function runAll(
  portions: readonly Portion[],
  seed: number,
  targets: readonly Target[],
  onPart: (part: Part) => void,
): Promise<Run> {
  const parts: Part[] = [];
  const failures: Failure[] = [];
  let from: Position | undefined = { portion: 0, index: 0 };
  while (from) {
    const begun: Position = from;
    const ended = await runFrom(begun, { portions, seed }, (report) => {
      if ('failure' in report) failures.push(report.failure);
      else {
        parts.push(report.part);
        onPart(report.part);
      }
    });
    from = ended && { portion: ended.at.portion, index: ended.at.index + 1 };
    if (!ended) break;
    const { target: name = '', inputs = 0 } = portions[ended.at.portion] ?? {};
    const target = targets.find((one) => one.name === name);
    const own = seedOf(seed, name, ended.at.index);
    const input = target ? makeInput(target, new Random(own)) : '';
    failures.push({ target: name, kind: ended.kind, message: ended.message, seed: own, input });
    const isHang = ended.kind === 'hang';
    const lost = { crashes: isHang ? 0 : 1, hangs: isHang ? 1 : 0, differences: 0 };
    const first = ended.at.portion === begun.portion ? begun.index : 0;
    const slowestMs = isHang ? STUCK_MS : 0;
    // What it had not reported: only the number is known.
    const part = { inputs: ended.at.index - first + 1, ...lost, ms: 0, slowestMs, growth: undefined };
    parts.push({ target: name, ...part });
    if (ended.at.index + 1 >= inputs) from = { portion: ended.at.portion + 1, index: 0 };
    if (from && from.portion >= portions.length) from = undefined;
  }
  return { parts, failures };
}

interface Ended {
  readonly at: Position;
  readonly kind: 'crash' | 'hang';
  readonly message: string;
}

/** @returns where it was ended or has died; `undefined` if it has done everything */
function runFrom(
  from: Position,
  { portions, seed }: Pick<Work, 'portions' | 'seed'>,
  onReport: (report: Report) => void,
): Promise<Ended | undefined> {
  const folder = mkdtempSync(path.join(tmpdir(), 'scf-llm-proxy-fuzz-'));
  const positionFile = path.join(folder, 'position');
  writeFileSync(positionFile, writePosition(from));
  const child = fork(path.join(__dirname, 'child.ts'), {
    execArgv: ['--import', 'tsx', '--max-old-space-size=1024'],
  });
  child.send({ portions, seed, from, positionFile } satisfies Work);
  return new Promise((resolve) => {
    let last = Buffer.alloc(0);
    let sinceMs = performance.now();
    let isStuck = false;
    const looking = setInterval(() => {
      const here = readFileSync(positionFile);
      if (!here.equals(last)) [last, sinceMs] = [here, performance.now()];
      else if (performance.now() - sinceMs > STUCK_MS) isStuck = child.kill('SIGKILL');
    }, LOOK_EVERY_MS);
    child.on('message', (message) => {
      onReport(message as Report);
    });
    child.on('exit', (code) => {
      clearInterval(looking);
      const at = readPosition(readFileSync(positionFile));
      rmSync(folder, { recursive: true, force: true });
      if (isStuck) resolve({ at, kind: 'hang', message: `has not ended after ${STUCK_MS / 1_000} s` });
      else resolve(code === 0 ? undefined : { at, kind: 'crash', message: 'ended the process' });
    });
  });
}
