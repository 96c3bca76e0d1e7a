import { createHash } from 'node:crypto';
import { seedOf } from './rendezvous';

/** A key and how often it is used beside the others. */
export interface WeightedKey {
  readonly key: string;
  readonly weight: number;
}

/** What `/-/keys` shows of a key. */
export interface KeyReport {
  readonly alias: string;
  readonly state: 'live' | 'cooling' | 'out';
  readonly until: string | null;
  readonly why: string | null;
  readonly models: readonly { readonly model: string; readonly until: string }[];
  readonly weight: number;
  readonly open: number;
  readonly requests: number;
  readonly failures: number;
}

const MAX_COOLING_MODELS = 64;

/** One key of a pool and what is known of it. Times are of the clock that the pool was given. */
export class PoolKey {
  readonly alias: string;
  readonly fingerprint: string;
  readonly seed: number;
  outUntilMs = 0;
  reason: string | undefined;
  strikes = 0;
  readonly coolingModels = new Map<string, number>();
  /** Whether its last answer was a good one; until then one request at a time tries it. */
  proven = false;
  open = 0;
  requests = 0;
  failures = 0;
  /** When it last failed for itself, and how. */
  failedAtMs = -Infinity;
  failedAs: string | undefined;

  constructor(
    readonly key: string,
    readonly weight: number,
  ) {
    const hash = createHash('sha256').update(key).digest('hex');
    this.fingerprint = hash.slice(0, 16);
    this.alias = `…${key.slice(-4)}-${hash.slice(0, 6)}`;
    this.seed = seedOf(key);
  }

  /** Until when it is not used for a model; 0 where it is. */
  coolsUntilMs(model: string, nowMs: number): number {
    const untilMs = Math.max(this.outUntilMs, this.coolingModels.get(model) ?? 0);
    return untilMs > nowMs ? untilMs : 0;
  }

  /** Leaves it unused for one model until then, at least. */
  coolModel(model: string, untilMs: number, nowMs: number): void {
    this.coolingModels.set(model, Math.max(untilMs, this.coolingModels.get(model) ?? 0));
    if (this.coolingModels.size <= MAX_COOLING_MODELS) return;
    for (const [name, until] of this.coolingModels) if (until <= nowMs) this.coolingModels.delete(name);
    // Callers name the models: a caller that makes names up must not make this grow.
    const first = this.coolingModels.keys().next();
    if (this.coolingModels.size > MAX_COOLING_MODELS && !first.done) this.coolingModels.delete(first.value);
  }

  report(nowMs: number): KeyReport {
    const models = [...this.coolingModels].filter(([, untilMs]) => untilMs > nowMs);
    const out = this.outUntilMs > nowMs;
    return {
      alias: this.alias,
      state: out ? 'out' : models.length > 0 ? 'cooling' : 'live',
      until: out ? iso(this.outUntilMs) : null,
      why: out ? (this.reason ?? null) : models.length > 0 ? 'rate-limited' : null,
      models: models.map(([model, untilMs]) => ({ model, until: iso(untilMs) })),
      weight: this.weight,
      open: this.open,
      requests: this.requests,
      failures: this.failures,
    };
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
