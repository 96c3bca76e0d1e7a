import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageCopy } from '../bench/growth/subject';
import { readMemory } from '../bench/rig/proc';
import { endWithUs } from '../bench/rig/processes';
import { UPSTREAM_CA } from '../bench/rig/upstream';
import { Client, TOKEN } from './client';
import { balance, canLimitMemory, Instance } from './instances';
import { KINDS, kindOf, LONG_STREAMS, type Kind } from './kinds';
import { startProvider } from './provider';
import { Redis } from './redis';
import { Tally } from './tally';

/**
 * Runs two instances of the built package behind one address, in the memory and with the file descriptors of a small function,
 * with every kind of client, while things fail. Ends with 1 if a request is lost, its bytes are wrong, or an instance dies.
 */
const USAGE = `npm run soak -- [options]

  --minutes N        how long (3)
  --clients N        how many send requests at once (24)
  --package FOLDER   a package that is built already, such as dist/scf
  --help             this text`;

const FAULT_EVERY_MS = 7_000;
const WARM_UP_SHARE = 0.3;
const REST_MS = 3_000;
/** What is left of load and of V8's compiled code differs by this much from one reading to the next. */
const NOISE_MEGABYTES = 16;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '3' },
      clients: { type: 'string', default: '24' },
      package: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const lastsMs = numberOf('--minutes', values.minutes) * 60_000;
  const clients = numberOf('--clients', values.clients);
  endWithUs();
  const bootstrap = path.join(path.dirname(packageCopy(values.package)), 'scf_bootstrap');
  const [plain, overTls, redis] = await Promise.all([
    startProvider(false),
    startProvider(true),
    Redis.start(),
  ]);
  const environment = {
    ACCESS_TOKENS: `soak:${TOKEN}`,
    OPENAI_API_KEYS: [1, 2, 3, 4].map((at) => `sk-soak-${at}-0123456789abcdef`).join(','),
    GROQ_API_KEYS: [1, 2].map((at) => `gsk_soak${at}0123456789abcdef`).join(','),
    OPENAI_UPSTREAM: plain.origin,
    GROQ_UPSTREAM: overTls.origin,
    NODE_EXTRA_CA_CERTS: UPSTREAM_CA,
    DAILY_CAP_USD: '1000000',
    LOG_LEVEL: 'warn',
    ...(redis ? { REDIS_URL: redis.url } : {}),
  };
  // The second is restarted now and then; the first only frozen, so that its memory can be compared.
  const instances = ['first', 'second'].map((name) => new Instance(name, bootstrap, environment));
  const [first, second] = instances;
  if (!first || !second) throw new Error('There are two instances.');
  await Promise.all(instances.map((instance) => instance.start()));
  const { port, server } = await balance(instances);

  const tally = new Tally();
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  let longestStallMs = 0;
  const isDisturbed = () => instances.some(({ disturbedUntilMs }) => Date.now() < disturbedUntilMs);
  const client = new Client({
    port,
    isDisturbed,
    onChunk(lateMs) {
      if (!isDisturbed()) longestStallMs = Math.max(longestStallMs, lateMs);
    },
  });

  const endsAt = Date.now() + lastsMs;
  const runs = () => Date.now() < endsAt && !instances.some(({ hasDied }) => hasDied);
  const send = async (kind: Kind) => {
    tally.sent(kind.name);
    tally.ended(kind.name, await kind.send(client));
  };
  const work = Array.from({ length: clients }, async () => {
    while (runs()) await send(kindOf(Math.random()));
  });
  const streams = LONG_STREAMS.map(async (kind) => {
    while (runs()) await send(kind);
  });

  const faults = new Map<string, number>();
  const fault = async (name: string, cause: () => Promise<void> | void) => {
    await cause();
    faults.set(name, (faults.get(name) ?? 0) + 1);
  };
  const causes: readonly (readonly [string, () => Promise<void> | void])[] = [
    ['an instance frozen', () => first.freeze(1_500)],
    ['an instance ended and restarted (SIGTERM)', () => second.restart('SIGTERM')],
    ['the provider down', () => plain.failFor(1_000)],
    ['an instance crashed (SIGKILL)', () => second.restart('SIGKILL')],
    ['the provider over HTTP/2 down', () => overTls.failFor(1_000)],
    ...(redis
      ? ([
          ['Redis slow', () => redis.freeze(2_000)],
          ['Redis killed', () => redis.kill(1_000)],
        ] as const)
      : []),
  ];
  let early: number | undefined;
  for (let turn = 0; runs(); turn++) {
    await sleep(Math.min(FAULT_EVERY_MS, Math.max(0, endsAt - Date.now())));
    if (!runs()) break;
    const [name, cause] = causes[turn % causes.length] ?? [];
    if (name !== undefined && cause) await fault(name, cause);
    if (early === undefined && Date.now() > endsAt - lastsMs * (1 - WARM_UP_SHARE)) early = residentOf(first);
  }
  await Promise.all([...work, ...streams]);
  await sleep(REST_MS);
  const died = instances.filter(({ hasDied }) => hasDied).length;
  const late = first.hasDied ? 0 : residentOf(first);
  client.close();
  server.close();
  await Promise.all(instances.map((instance) => instance.stop()));
  plain.stop();
  overTls.stop();
  redis?.stop();

  const growth = early === undefined ? 0 : late - early;
  console.log(`${tally.table()}\n`);
  console.log(`Clients were told: ${tally.told()}.\n`);
  console.log(`| | |\n| --- | --- |`);
  const rows: readonly [string, string][] = [
    [
      'minutes, clients',
      `${values.minutes}, ${values.clients} and ${LONG_STREAMS.length} with streams of half a minute`,
    ],
    [
      'memory, file descriptors',
      `${canLimitMemory ? '128 MB by a cgroup' : 'not limited: no cgroup here'}, 1,024`,
    ],
    ['Redis', redis ? 'yes' : 'none here'],
    ['bytes', `${(tally.bytes / 1e6).toFixed(0)} MB`],
    ...[...faults].map(([name, count]): [string, string] => [name, String(count)]),
    ['lost, wrong, unaccounted', `${tally.count('lost')}, ${tally.count('wrong')}, ${tally.unaccounted}`],
    ['instances that died', String(died)],
    [
      'memory of the first instance',
      `${(early ?? late).toFixed(0)} MB under load, ${late.toFixed(0)} MB at the end`,
    ],
    [
      'latest chunk',
      `${longestStallMs.toFixed(0)} ms, while this harness itself was late by ${(loop.max / 1e6).toFixed(0)} ms`,
    ],
  ];
  for (const [name, value] of rows) console.log(`| ${name} | ${value} |`);
  for (const example of tally.examples) console.log(example);
  const isGood =
    tally.count('lost') + tally.count('wrong') + tally.unaccounted + died === 0 &&
    growth <= NOISE_MEGABYTES &&
    KINDS.every(({ name }) => tally.has(name));
  console.log(isGood ? '\nNothing is lost, nothing is wrong.' : '\nNot as it must be.');
  process.exit(isGood ? 0 : 1);
}

function residentOf({ pid }: Instance): number {
  return readMemory(pid).resident / 1e6;
}

/** @throws Error if it is not a positive number */
function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${option} must be a number above 0.`);
  return number;
}

void main();
