import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { freePort } from '../../shared/loopback';
import { packageCopy } from '../growth/subject';
import { listening } from '../rig/ports';
import { endWithUs, start } from '../rig/processes';
import { caseOf, type Case } from './cases';
import { Client } from './client';
import { judge, type LogLine } from './judge';
import { accuracyTables, nameOf, Tally, total } from './report';
import { requestId, startUpstream } from './upstream';

/**
 * Compares what the log says of each request's usage with what its provider said: thousands of responses of every format,
 * through the built package, under every condition. Ends with 1 if one figure or class is wrong.
 */
const USAGE = `npm run bench:accuracy -- [options]

  --requests N       how many (10,000)
  --seed N           of the random figures, texts and cuts (1)
  --only N           one case alone, by its number
  --package FOLDER   a package that is built already, such as dist/scf
  --write            write the results into scripts/bench/results; "npm run docs" makes the tables of them
  --help             this text`;

const RESULTS = path.resolve(__dirname, '../results/accuracy.json');
const CONCURRENCY = 24;
const PROVIDERS = ['openai', 'anthropic', 'gemini', 'openrouter', 'moonshot', 'deepseek', 'xai'];
const LAST_LINES_MS = 10_000;
const MAX_SHOWN = 20;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      package: { type: 'string' },
      write: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const seed = wholeNumber('--seed', values.seed);
  const only = values.only === undefined ? undefined : wholeNumber('--only', values.only);
  const requests = wholeNumber('--requests', values.requests);
  const indices = only === undefined ? Array.from({ length: requests }, (_, index) => index) : [only];
  endWithUs();
  const results = await run(indices, seed, values.package);
  console.log(`${accuracyTables(results)}\n`);
  const { wrong } = total(results.formats);
  console.log(wrong === 0 ? 'No figure is wrong.' : `${wrong} are wrong.`);
  if (values.write) writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function run(indices: readonly number[], seed: number, folder: string | undefined) {
  const cases = new Map<number, Case>();
  const upstream = await startUpstream((index) => cases.get(index) ?? caseOf(index, seed));
  const port = await freePort();
  const proxy = await start(
    {
      command: [process.execPath, packageCopy(folder)],
      environment: {
        PORT: String(port),
        ...Object.fromEntries(PROVIDERS.map((name) => [`${name.toUpperCase()}_UPSTREAM`, upstream.origin])),
      },
      readsLog: true,
    },
    undefined,
  );
  const lines = new Lines();
  if (proxy.child.stdout)
    createInterface({ input: proxy.child.stdout }).on('line', (line) => lines.add(line));
  await listening(port, proxy);

  const client = new Client(port);
  const tally = new Tally();
  let shown = 0;
  const queue = [...indices].reverse();
  const playOne = async (index: number) => {
    const one = caseOf(index, seed);
    cases.set(index, one);
    const bytesAreSame = await client.send(one).catch((error: unknown) => {
      console.error(`case ${index}: ${String(error)}`);
      return false;
    });
    cases.delete(index);
    const judgement = judge(one, await lines.of(index), { bytesAreSame });
    tally.add(one, judgement);
    if ((judgement.wrong !== undefined || judgement.isMissed) && shown++ < MAX_SHOWN) {
      const what = judgement.wrong ?? `missed: ${judgement.class}`;
      console.error(`case ${index} (${nameOf(one.format)}; ${one.condition.name}): ${what}`);
    }
  };
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let index = queue.pop(); index !== undefined; index = queue.pop()) await playOne(index);
    }),
  );
  client.close();
  await proxy.stop();
  upstream.stop();
  return tally.results(seed);
}

/** The lines of the log, each of which is waited for. */
class Lines {
  readonly #lines = new Map<string, LogLine>();
  readonly #waiting = new Map<string, (line: LogLine) => void>();

  add(text: string): void {
    if (!text.includes('"msg":"request"')) return;
    const line = JSON.parse(text) as LogLine;
    const id = String(line['upstream_request_id']);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting) waiting(line);
    else this.#lines.set(id, line);
  }

  of(index: number): Promise<LogLine | undefined> {
    const id = requestId(index);
    const line = this.#lines.get(id);
    this.#lines.delete(id);
    if (line) return Promise.resolve(line);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        resolve(undefined);
      }, LAST_LINES_MS);
      this.#waiting.set(id, (found) => {
        clearTimeout(timer);
        resolve(found);
      });
    });
  }
}

/** @throws Error that names the option */
function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${option} takes a whole number.`);
  return Number(text);
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
