import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs } from './clock';
import type { Cores } from './cores';
import { parseCoreSeconds, parseStat, parseStatOfEnded } from './proc';

/** How far other processes disturbed a measurement. */
export interface Disturbance {
  /** The share of the cores' time that other processes used, 0 to 1; by the kernel's account, not by the figures. */
  readonly othersShare: number;
  /** The longest time for which the load generator stood still. */
  readonly stallMs: number;
}

/** Above these, a measurement counts as disturbed. A quiet machine showed 0, and stalls of up to 0.35 s. */
const MOST_OTHERS_SHARE = 0.1;
const MOST_STALL_MS = 1_000;

/** Below this, the kernel's 10 ms ticks are too coarse. */
const LEAST_WINDOW_MS = 500;

export function isDisturbed({ othersShare, stallMs }: Disturbance): boolean {
  return othersShare > MOST_OTHERS_SHARE || stallMs > MOST_STALL_MS;
}

/**
 * Begins to watch. Not counted as others: this process, its children that have ended, and the upstream.
 * @returns a function that ends the watch; all processes started in between must have ended
 */
export function watch(cores: Cores, upstreamPid: number): () => Disturbance {
  const used = () => {
    const own = readFileSync('/proc/self/stat', 'utf8');
    const upstream = readFileSync(`/proc/${upstreamPid}/stat`, 'utf8');
    const busy = parseCoreSeconds(readFileSync('/proc/stat', 'utf8'), measuredCores(cores));
    return { ...busy, ours: parseStat(own) + parseStatOfEnded(own) + parseStat(upstream) };
  };
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const began = monotonicMs();
  const before = used();
  return () => {
    delay.disable();
    const windowMs = monotonicMs() - began;
    const after = used();
    const others = after.seconds - before.seconds - (after.ours - before.ours);
    const othersShare = others / ((windowMs / 1_000) * after.cores);
    return {
      othersShare: windowMs < LEAST_WINDOW_MS ? 0 : Math.max(0, othersShare),
      stallMs: delay.max / 1e6,
    };
  };
}

function measuredCores({ proxy, load }: Cores): readonly number[] | undefined {
  return proxy === undefined || load === undefined ? undefined : [proxy, load];
}
