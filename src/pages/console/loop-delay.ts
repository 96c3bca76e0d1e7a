import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { HealthReport } from './report';

const RESOLUTION_MS = 20;
const IDLE_MS = 60_000;
const NS_PER_MS = 1_000_000;

/** Measures the event loop's delay while somebody asks for it, and for a minute after that: its timer costs a little. */
export class LoopDelay {
  #histogram: IntervalHistogram | undefined;
  #sinceMs = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(private readonly monotonicMs: () => number) {}

  /** Since the last time, or within the last minute; `null` for the first one. */
  read(): HealthReport['event_loop'] {
    const nowMs = this.monotonicMs();
    const histogram = this.#histogram;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      this.#histogram?.disable();
      this.#histogram = undefined;
    }, IDLE_MS).unref();
    if (!histogram) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
      this.#sinceMs = nowMs;
      return null;
    }
    const { mean, max } = histogram;
    const overMs = nowMs - this.#sinceMs;
    if (Number.isNaN(mean)) return null; // nothing was measured yet
    const p99 = histogram.percentile(99);
    histogram.reset();
    this.#sinceMs = nowMs;
    return {
      over_ms: Math.round(overMs),
      mean_ms: delayMs(mean),
      p99_ms: delayMs(p99),
      max_ms: delayMs(max),
    };
  }
}

/** What Node measures is the time between two of its timer's ticks. */
function delayMs(ns: number): number {
  return Math.max(0, Math.round((ns / NS_PER_MS - RESOLUTION_MS) * 10) / 10);
}
