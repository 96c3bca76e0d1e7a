import type { BookFilter } from '../../books/book-rows';
import { dayOf } from '../../books/days';
import type { UsageRecords } from '../../books/usage-records';
import { DAY_MS } from '../../clock/calendar-window';
import type { EgressReport } from '../../proxy/egress/egress-check';
import type { KeyReport } from '../../proxy/keys/managed-key';
import { checksOf } from './checks';
import type { LoopDelay } from './loop-delay';
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
  /** `undefined` if instances share nothing. */
  readonly instances: () => Promise<readonly InstanceRow[]> | undefined;
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
    source.instances()?.catch(() => undefined),
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
