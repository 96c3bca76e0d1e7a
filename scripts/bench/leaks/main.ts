import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { packageCopy, startSubject, type Subject } from '../growth/subject';
import { abort, sendMixed, TOKEN, type Statuses } from './load';
import { leaksBetween, READING, table, type Reading } from './readings';
import { KEYS, startLeaksUpstream, type LeaksUpstream } from './upstream';
import { RUN } from '../rig/cache';
import { pickCores, pinSelf } from '../rig/cores';
import { endWithUs } from '../rig/processes';
import { UPSTREAM_CA } from '../rig/upstream';

/**
 * Searches the built bundle for leaks: hundreds of thousands of requests of every kind, and tens of thousands of
 * clients that disconnect, between readings of what is left after a garbage collection.
 */
const SIZES = {
  full: { requests: 200_000, aborts: 20_000, warmUp: { requests: 10_000, aborts: 1_000 } },
  quick: { requests: 15_000, aborts: 1_500, warmUp: { requests: 4_000, aborts: 400 } },
};
const SETTLE_MS = 1_000;
const READING_MS = 20_000;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string' },
      aborts: { type: 'string' },
      quick: { type: 'boolean' },
      http2: { type: 'boolean' },
      package: { type: 'string' },
    },
  });
  const size = values.quick ? SIZES.quick : SIZES.full;
  const requests = Number(values.requests ?? size.requests);
  const aborts = Number(values.aborts ?? size.aborts);
  if (!(requests > 0 && aborts >= 0)) throw new Error('--requests and --aborts must be numbers.');
  endWithUs();
  const cores = pickCores();
  pinSelf(cores.load);
  const overHttp2 = values.http2 === true;
  const upstream = await startLeaksUpstream(overHttp2);
  const environment = {
    OPENAI_API_KEYS: KEYS.join(','),
    ACCESS_TOKENS: `bench:${TOKEN}`,
    ...(overHttp2 ? { NODE_EXTRA_CA_CERTS: UPSTREAM_CA, HTTP2_AFTER: '0' } : {}),
  };
  const node = ['--expose-gc', '-r', await preload()];
  const subject = await startSubject(
    { bundle: packageCopy(values.package), upstream, cores },
    environment,
    node,
  );
  const { port } = subject;

  await sendMixed(port, size.warmUp.requests, new Map());
  await abort(port, size.warmUp.aborts, new Map());
  const before = await read(subject, upstream);
  const statuses: Statuses = new Map();
  await sendMixed(port, Math.ceil(requests / 2), statuses);
  await abort(port, Math.ceil(aborts / 2), statuses);
  const middle = await read(subject, upstream);
  await sendMixed(port, Math.floor(requests / 2), statuses);
  await abort(port, Math.floor(aborts / 2), statuses);
  const after = await read(subject, upstream);
  await subject.process.stop();
  upstream.stop();

  console.log(
    `${requests} requests and ${aborts} clients that disconnected; Node ${process.version}, ${cores.note}.`,
  );
  console.log(
    `Responses: ${[...statuses].map(([status, count]) => `${status}: ${count}`).join(', ')}; the limited key was used ${upstream.limited()} times.\n`,
  );
  console.log(
    table([
      ['before', before],
      ['middle', middle],
      ['after', after],
    ]),
  );
  const leaks = leaksBetween(before, after);
  console.log(leaks.length === 0 ? '\nNothing is kept.' : `\n${leaks.join('\n')}`);
  process.exitCode = leaks.length === 0 ? 0 : 1;
}

/** What is left once all requests have ended. */
async function read({ process: { child } }: Subject, upstream: LeaksUpstream): Promise<Reading> {
  await sleep(SETTLE_MS);
  upstream.closeIdle();
  await sleep(SETTLE_MS);
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no reading arrived: ${text}`)), READING_MS);
    const onData = (data: Buffer) => {
      text += data.toString();
      const line = new RegExp(`^${READING}(.*)\n`, 'm').exec(text)?.[1];
      if (line === undefined) return;
      clearTimeout(timer);
      child.stderr?.off('data', onData);
      resolve(JSON.parse(line) as Reading);
    };
    child.stderr?.on('data', onData);
    child.kill('SIGUSR2');
  });
}

/** The preload as a file that Node can require. */
async function preload(): Promise<string> {
  const outfile = path.join(RUN, 'leaks-preload.cjs');
  const entry = path.join(__dirname, 'preload.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs' });
  return outfile;
}

void main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
