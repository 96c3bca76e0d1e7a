import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { monotonicMs } from './clock';
import type { Cores } from './cores';
import { parseCoreSeconds, parseStat, parseStatOfEnded } from './proc';

/** What kept a measurement from having the machine to itself. */
export interface Disturbance {
  /** Which part of the cores' time others used, 0 to 1; by the kernel's account, not by our figures. */
  readonly othersShare: number;
  /** For how long the load generator stood still at the longest. */
  readonly stallMs: number;
}

/** Above these, a measurement counts as disturbed. On a quiet machine we saw 0, and stalls of up to 0.35 s. */
const MOST_OTHERS_SHARE = 0.1;
const MOST_STALL_MS = 1_000;

/** Under that, the kernel's 10 ms ticks say nothing. */
const LEAST_WINDOW_MS = 500;

export function isDisturbed({ othersShare, stallMs }: Disturbance): boolean {
  return othersShare > MOST_OTHERS_SHARE || stallMs > MOST_STALL_MS;
}

/**
 * Begins to watch. What is ours: this process, those of its children that have ended, and the upstream.
 * @returns ends the watch; all that was started meanwhile must have ended
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
