import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { CONFIG_FILE, writeConfiguration } from './configuration';
import { countObjects } from './heap-objects';
import { READING, SNAPSHOT, type ProcessReading, type Reading } from './readings';
import type { LeaksUpstream } from './upstream';
import { packageCopy, startSubject, type Subject } from '../growth/subject';
import { RUN } from '../rig/cache';
import type { Cores } from '../rig/cores';
import { UPSTREAM_CA } from '../rig/upstream';

const SETTLE_MS = 300;
/** A large heap takes seconds to write. */
const READING_MS = 120_000;

export interface Start {
  /** The folder of the package; `dist/scf` by default. */
  readonly folder: string | undefined;
  readonly upstream: LeaksUpstream;
  readonly overHttp2: boolean;
  readonly cores: Cores;
}

/** Starts the built bundle, with the preload that reports what it holds. */
export async function startMeasured({ folder, upstream, overHttp2, cores }: Start): Promise<Subject> {
  writeConfiguration(0);
  const environment = {
    CONFIG_FILE,
    ...(overHttp2 ? { NODE_EXTRA_CA_CERTS: UPSTREAM_CA, HTTP2_AFTER: '0' } : {}),
  };
  const node = ['--expose-gc', '-r', await preload()];
  return startSubject({ bundle: packageCopy(folder), upstream, cores }, environment, node);
}

/** What is left once all requests have ended. */
export async function read({ process: { child } }: Subject, upstream: LeaksUpstream): Promise<Reading> {
  await sleep(SETTLE_MS);
  upstream.closeIdle();
  await sleep(SETTLE_MS);
  const reading = await new Promise<ProcessReading>((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`no reading arrived: ${text}`)), READING_MS);
    const onData = (data: Buffer) => {
      text += data.toString();
      const line = new RegExp(`^${READING}(.*)\n`, 'm').exec(text)?.[1];
      if (line === undefined) return;
      clearTimeout(timer);
      child.stderr?.off('data', onData);
      resolve(JSON.parse(line) as ProcessReading);
    };
    child.stderr?.on('data', onData);
    child.kill('SIGUSR2');
  });
  return { ...reading, objects: countObjects(readFileSync(path.join(RUN, SNAPSHOT))) };
}

/** The preload as a file that Node can require. */
async function preload(): Promise<string> {
  const outfile = path.join(RUN, 'leaks-preload.cjs');
  const entry = path.join(__dirname, 'preload.ts');
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs' });
  return outfile;
}
