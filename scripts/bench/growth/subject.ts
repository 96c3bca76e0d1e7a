import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { RUN } from '../rig/cache';
import type { Cores } from '../rig/cores';
import { freePort } from '../../shared/loopback';
import { listening } from '../rig/ports';
import { readCpu, cpuBetween, readMemory } from '../rig/proc';
import { start, type Started } from '../rig/processes';
import { loadRequests } from '../rig/request-load';

/** A running process that is measured. */
export interface Subject {
  readonly port: number;
  readonly process: Started;
}

const ROOT = path.resolve(__dirname, '../../..');

/**
 * A copy of the package, so that a build during the run does not remove it.
 * @param folder of the package, from the project's root
 * @returns the file that Node starts
 * @throws Error if it is not built
 */
export function packageCopy(folder = 'dist/scf'): string {
  const source = path.resolve(ROOT, folder);
  if (!existsSync(path.join(source, 'start.js')))
    throw new Error(`There is no package in ${folder}: run "npm run build" first.`);
  const copy = path.join(RUN, 'package');
  cpSync(source, copy, { recursive: true });
  return path.join(copy, 'start.js');
}

export interface Bench {
  readonly bundle: string;
  /** The upstream for every provider. */
  readonly upstream: { readonly origin: string };
  readonly cores: Cores;
}

/** Starts the bundle on the proxy's core. */
export async function startSubject(
  { bundle, upstream, cores }: Bench,
  environment: Readonly<Record<string, string>> = {},
  nodeOptions: readonly string[] = [],
): Promise<Subject> {
  const port = await freePort();
  const started = await start(
    {
      command: [process.execPath, ...nodeOptions, bundle],
      environment: {
        PORT: String(port),
        OPENAI_UPSTREAM: upstream.origin,
        GROQ_UPSTREAM: upstream.origin,
        ...environment,
      },
      readsLog: true,
    },
    cores.proxy,
  );
  await listening(port, started);
  return { port, process: started };
}

/** A number of clients, each of which sends one request after the other. */
export interface Load {
  readonly request: Buffer;
  readonly responseBytes: number;
  readonly concurrency: number;
  readonly durationMs: number;
}

/**
 * CPU per request, in µs.
 * @throws Error if a response was wrong: failed requests are cheap, so the figure would be meaningless
 */
export async function cpuPerRequest({ port, process: { pid } }: Subject, load: Load): Promise<number> {
  const before = readCpu(pid);
  const { responses, problems } = await loadRequests({ port, ...load });
  if (problems.length > 0 || responses === 0) throw new Error(`the load failed: ${problems.join('; ')}`);
  return (cpuBetween(before, readCpu(pid)) / responses) * 1e6;
}

export function residentMegabytes({ process: { pid } }: Subject): number {
  return readMemory(pid).resident / 1e6;
}
