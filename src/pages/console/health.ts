import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import type { BookFilter } from '../../books/book-rows';
import { dayOf } from '../../books/days';
import type { UsageRecords } from '../../books/usage-records';
import { DAY_MS } from '../../clock/calendar-window';
import type { EgressReport } from '../../proxy/egress/egress-check';
import type { KeyReport } from '../../proxy/keys/managed-key';
import { checksOf } from './checks';
import type { HealthReport, InstanceRow } from './report';
import { sumOf, useOf } from './sums-report';

export interface HealthSource {
  readonly facts: {
    readonly version: string;
    readonly commit: string;
    readonly region: string | null;
    readonly functionName: string | null;
  };
  readonly instance: string;
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly isAnonymous: boolean;
  readonly hasRedis: boolean;
  readonly records: (filter: BookFilter) => Promise<UsageRecords>;
  readonly keys: () => Readonly<Record<string, readonly KeyReport[]>>;
  readonly egressOf: (provider: string) => EgressReport | undefined;
  /** The requests under way. */
  readonly open: () => { readonly requests: number; readonly streams: number };
  /** Enters this instance, and finds the others; `undefined` if instances share nothing. */
  readonly instances: (self: InstanceRow) => Promise<readonly InstanceRow[]> | undefined;
  readonly memoryLimitBytes: () => number;
  readonly priceSource: () => Promise<{
    readonly name: string;
    readonly version: string;
    readonly date: string;
  }>;
  readonly loopDelay: LoopDelay;
  readonly listeners: number;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** What the platform says with a request. */
export interface RequestFacts {
  /** What is left of the function's limit for a response; `undefined` if there is none. */
  readonly functionLimitMs: number | undefined;
  readonly functionMemoryBytes: number | undefined;
}

const MAX_INSTANCES = 100;

export async function healthReport(
  source: HealthSource,
  { functionLimitMs, functionMemoryBytes }: RequestFacts,
): Promise<HealthReport> {
  const { facts, instance, timeoutMs, idleTimeoutMs, now } = source;
  const nowMs = now();
  const today = dayOf(nowMs);
  const [records, priceSource, instances] = await Promise.all([
    source.records({ fromDay: today }),
    source.priceSource(),
    source
      .instances({ instance, version: facts.version, commit: facts.commit, seen_ms: nowMs })
      ?.catch(() => undefined),
  ]);
  const { rss, heapUsed, external } = process.memoryUsage();
  const uptimeMs = Math.round(process.uptime() * 1_000);
  const memory = {
    rss_bytes: rss,
    heap_used_bytes: heapUsed,
    external_bytes: external,
    limit_bytes: functionMemoryBytes ?? source.memoryLimitBytes(),
  };
  const deadline = {
    function_limit_ms: functionLimitMs ?? null,
    timeout_ms: timeoutMs,
    idle_timeout_ms: idleTimeoutMs,
    margin_ms: functionLimitMs === undefined ? null : functionLimitMs - timeoutMs,
  };
  const prices = {
    ...priceSource,
    age_days: Math.max(0, Math.floor((nowMs - Date.parse(priceSource.date)) / DAY_MS)),
  };
  return {
    now_ms: nowMs,
    version: facts.version,
    commit: facts.commit,
    node: process.version,
    instance,
    region: facts.region,
    function: facts.functionName,
    uptime_ms: uptimeMs,
    instances: instances ? instances.slice(0, MAX_INSTANCES) : null,
    memory,
    open: { ...source.open(), listeners: source.listeners },
    event_loop: source.loopDelay.read(),
    deadline,
    prices,
    checks: checksOf({
      keys: source.keys(),
      egressOf: source.egressOf,
      isAnonymous: source.isAnonymous,
      redisResponds: source.hasRedis ? records.scope === 'all instances' : undefined,
      memory,
      deadline,
      prices,
      today: useOf(sumOf(records.rows())),
    }),
  };
}

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
