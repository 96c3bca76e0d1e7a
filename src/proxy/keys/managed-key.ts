import { createHash } from 'node:crypto';
import { KeySpending, type KeyBudget } from './key-spending';
import { seedOf } from './rendezvous-hash';
import { NANO_PER_USD } from '../../prices/nano-usd';

/** A key, how often it is used compared with the others, and what it may spend; without a budget, any amount. */
export interface WeightedKey {
  readonly key: string;
  readonly weight: number;
  readonly budget?: KeyBudget | undefined;
}

/** Why a key is disabled for a time. */
export type RestReason = 'invalid' | 'out-of-credit' | 'budget-spent' | 'rate-limited';

/** A time in which a key is not used. Times are those of the pool's clock, in ms. */
export interface Rest {
  readonly reason: RestReason;
  readonly untilMs: number;
  /** From when on one request may still try it, if there is no other key. */
  probeAtMs: number;
  readonly probeDelayMs: number;
}

/** What `/-/keys` shows of a key. */
export interface KeyReport {
  readonly alias: string;
  readonly state: 'live' | 'cooling' | 'out';
  readonly until: string | null;
  readonly why: string | null;
  readonly models: readonly { readonly model: string; readonly endpoint: string; readonly until: string }[];
  readonly weight: number;
  readonly open: number;
  readonly requests: number;
  readonly failures: number;
  /** `undefined` if it has none. */
  readonly budget?: { readonly usd: number; readonly per: string; readonly spent_usd: number };
}

/** Clients choose model names, and so scopes: the number that is remembered is limited. */
const MAX_SCOPES = 64;

/** The scope of a provider's rate limit: one model at one kind of endpoint. */
export function scopeOf(endpoint: string, model: string): string {
  return `${endpoint}|${model}`;
}

/** One key of a pool and its state. */
export class ManagedKey {
  readonly alias: string;
  readonly fingerprint: string;
  readonly seed: number;
  /** Set while the key is not used at all. */
  rest: Rest | undefined;
  /** By scope, while the key is not used in it. */
  readonly scopeRests = new Map<string, Rest>();
  /** Scopes in which it was not permitted, and until when other keys are preferred there. */
  readonly notPermitted = new Map<string, number>();
  /** Scopes in which it went out and has not served since; '' for all. */
  readonly outIn = new Set<string>();
  consecutiveFailures = 0;
  /** Whether its last response was good; until then one request at a time tries it. */
  verified = false;
  open = 0;
  requests = 0;
  failures = 0;
  /** When it was last rejected as invalid. */
  invalidAtMs = -Infinity;
  /** `undefined` if it has no budget. */
  readonly spending: KeySpending | undefined;

  constructor(
    readonly key: string,
    public weight: number,
    readonly budget?: KeyBudget,
  ) {
    const hash = createHash('sha256').update(key).digest('hex');
    this.fingerprint = hash.slice(0, 16);
    this.alias = `…${key.slice(-4)}-${hash.slice(0, 6)}`;
    this.seed = seedOf(key);
    this.spending = budget && new KeySpending(budget);
  }

  /** Why it is not used in a scope now: its budget, or of two other reasons the longer one. `undefined` if it is used. */
  restIn(scope: string, nowMs: number): Rest | undefined {
    const spent = this.spending?.restAt(nowMs);
    if (spent) return spent;
    const whole = this.rest && this.rest.untilMs > nowMs ? this.rest : undefined;
    if (this.scopeRests.size === 0) return whole;
    const own = this.scopeRests.get(scope);
    if (!own || own.untilMs <= nowMs) return whole;
    return whole && whole.untilMs >= own.untilMs ? whole : own;
  }

  /** Whether other keys are preferred to it in a scope. */
  isUnlikely(scope: string, nowMs: number): boolean {
    return this.notPermitted.size > 0 && (this.notPermitted.get(scope) ?? 0) > nowMs;
  }

  restInScope(scope: string, rest: Rest, nowMs: number): void {
    const before = this.scopeRests.get(scope);
    if (before && before.untilMs > rest.untilMs && before.untilMs > nowMs) return;
    keep(this.scopeRests, scope, rest, ({ untilMs }) => untilMs <= nowMs);
  }

  markNotPermitted(scope: string, untilMs: number, nowMs: number): void {
    keep(this.notPermitted, scope, untilMs, (until) => until <= nowMs);
  }

  markOut(scope: string): void {
    this.outIn.delete(scope);
    this.outIn.add(scope);
    const oldest = this.outIn.values().next();
    if (this.outIn.size > MAX_SCOPES && !oldest.done) this.outIn.delete(oldest.value);
  }

  report(nowMs: number): KeyReport {
    const scopes = [...this.scopeRests].filter(([, { untilMs }]) => untilMs > nowMs);
    const spent = this.spending?.restAt(nowMs);
    const out = spent ?? (this.rest !== undefined && this.rest.untilMs > nowMs ? this.rest : undefined);
    return {
      alias: this.alias,
      state: out ? 'out' : scopes.length > 0 ? 'cooling' : 'live',
      until: out ? iso(out.untilMs) : null,
      why: out?.reason ?? (scopes.length > 0 ? 'rate-limited' : null),
      models: scopes.map(([scope, { untilMs }]) => {
        const bar = scope.indexOf('|');
        return { model: scope.slice(bar + 1), endpoint: scope.slice(0, bar), until: iso(untilMs) };
      }),
      weight: this.weight,
      open: this.open,
      requests: this.requests,
      failures: this.failures,
      ...(this.spending && { budget: budgetReport(this.spending, nowMs) }),
    };
  }
}

/** Sets an entry as the newest of a bounded map: expired entries are dropped first, then the oldest. */
function keep<T>(map: Map<string, T>, name: string, value: T, isOver: (value: T) => boolean): void {
  map.delete(name);
  map.set(name, value);
  if (map.size <= MAX_SCOPES) return;
  for (const [other, one] of map) if (isOver(one)) map.delete(other);
  const oldest = map.keys().next();
  if (map.size > MAX_SCOPES && !oldest.done) map.delete(oldest.value);
}

function budgetReport(spending: KeySpending, nowMs: number): NonNullable<KeyReport['budget']> {
  const { nanoUsd, period } = spending.budget;
  return { usd: nanoUsd / NANO_PER_USD, per: period, spent_usd: spending.spentAt(nowMs) / NANO_PER_USD };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
