import type { Classification } from '../../providers/errors/error-response';
import type { CalendarPeriod } from '../../clock/calendar-window';
import type { ManagedKey, RestReason } from './managed-key';

/** A key that is disabled for a time, in the form in which instances share it. */
export interface CoolDown {
  readonly pool: string;
  /** A hash of the key, which reveals nothing of it. */
  readonly fingerprint: string;
  /** The scope (kind of endpoint and model) of a rate limit; '' for all. */
  readonly model: string;
  readonly reason: RestReason;
  /** A time in the past ends an earlier cool-down. */
  readonly untilMs: number;
  readonly strikes: number;
  /** What the key has spent until then, if its budget is the reason. */
  readonly spentNanoUsd?: number | undefined;
}

/** What was spent with a key in the window of its budget that ends at `endMs`, in nano-dollars. */
export interface KeySpent {
  readonly pool: string;
  readonly fingerprint: string;
  readonly endMs: number;
  readonly nanoUsd: number;
}

/** What one request has cost. */
export interface KeyCharge extends KeySpent {
  readonly period: CalendarPeriod;
}

/** A key that goes out of turn. */
export interface KeyOut {
  readonly pool: string;
  readonly alias: string;
  readonly reason: RestReason;
  /** The scope (kind of endpoint and model) of a rate limit; '' for all. */
  readonly scope: string;
  readonly untilMs: number;
}

export interface PoolEvents {
  /** This instance has disabled a key, or enabled it again. */
  coolDown(coolDown: CoolDown): void;
  /** All keys are rejected as invalid at once: the upstream URL is suspected, and the keys stay enabled. */
  addressSuspected(pool: string, reason: string): void;
  /** A request has used the budget of its key. */
  keyCharged?(charge: KeyCharge): void;
  /** A key goes out of turn; not called again while it is out for the same reason. */
  keyOut?(out: KeyOut): void;
  /** A key that was out has served a request again. */
  keyBack?(back: Pick<KeyOut, 'pool' | 'alias' | 'scope'>): void;
  /** No key is left for a scope. @param untilMs when the first is expected back */
  poolEmpty?(pool: string, untilMs: number): void;
}

export interface KeyHealthOptions {
  readonly pool: string;
  /** Whether the upstream URL is suspected if all keys fail at once; a client's own keys may all be wrong. */
  readonly suspectsAddress: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
  readonly events: PoolEvents;
}

const MINUTE_MS = 60_000;
/** How long a key that was rejected as invalid stays disabled, the first time, the second, and from then on. */
const INVALID_MS = [10 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;
/** Used if the response does not say when credit is available again. */
const OUT_OF_CREDIT_MS = 60 * MINUTE_MS;
/** Used if the response does not say how long the rate limit lasts. */
const RATE_LIMIT_MS = 20_000;
/** No response of a provider disables a key for longer. */
const MAX_REST_MS = 24 * 60 * MINUTE_MS;
/** How long other keys are preferred after one was not permitted. */
const NOT_PERMITTED_MS = 5 * MINUTE_MS;
/** How soon a disabled key is tried again if there is no other; the delay doubles up to the latter. */
const FIRST_PROBE_MS = 1_000;
const MAX_PROBE_MS = MINUTE_MS;
/** Keys that are rejected as invalid within this time of each other count as failing at once. */
const ALIKE_MS = 30_000;
/** How long after that the upstream URL is suspected, and no key is disabled. */
const SUSPICION_MS = 60_000;

/** The state of a pool's keys, from their responses and from other instances: which are disabled, and until when. */
export class KeyHealth {
  #suspectedUntilMs = -Infinity;

  constructor(
    private readonly keys: readonly ManagedKey[],
    private readonly options: KeyHealthOptions,
  ) {}

  /** Whether the upstream URL is suspected at present, so that trying further keys would not help. */
  get suspected(): boolean {
    return this.options.now() < this.#suspectedUntilMs;
  }

  /** @param recovered whether a request was served although the key was disabled, which enables it again */
  record(key: ManagedKey, scope: string, classification: Classification, recovered: boolean): void {
    const nowMs = this.options.now();
    switch (classification.kind) {
      case 'ok':
        key.consecutiveFailures = 0;
        if (key.notPermitted.size > 0) key.notPermitted.delete(scope);
        if (recovered) this.#endRests(key, scope);
        if (key.outIn.size > 0) this.#reportBack(key, scope, nowMs);
        break;
      case 'invalid':
        this.#recordInvalid(key, scope, nowMs);
        return;
      case 'out-of-credit':
        this.#disable(key, scope, 'out-of-credit', restUntil(classification.untilMs, nowMs));
        return;
      case 'rate-limited': {
        const untilMs =
          nowMs + Math.min(Math.max(classification.retryAfterMs ?? RATE_LIMIT_MS, 0), MAX_REST_MS);
        key.failures++;
        key.verified = false;
        const rest = {
          reason: 'rate-limited',
          untilMs,
          probeAtMs: nowMs + MAX_PROBE_MS,
          probeDelayMs: MAX_PROBE_MS,
        } as const;
        const before = key.restIn(scope, nowMs);
        key.restInScope(scope, rest, nowMs);
        if (!before) this.#reportOut(key, { scope, reason: 'rate-limited', untilMs, nowMs });
        this.#publish(key, scope, 'rate-limited', untilMs);
        return;
      }
      case 'not-permitted':
        key.markNotPermitted(scope, nowMs + NOT_PERMITTED_MS, nowMs);
        break;
      case 'egress-refused':
      case 'unavailable':
        break; // not the key's fault, and nothing to wait for
    }
    key.verified = true;
  }

  /** Counts what a request has cost; takes the key out of turn once its budget is spent. */
  charge(key: ManagedKey, nanoUsd: number): void {
    const { spending } = key;
    if (!spending || !(nanoUsd > 0)) return;
    const { pool, now, events } = this.options;
    this.#raise(key, spending.spentAt(now()) + nanoUsd);
    const { fingerprint } = key;
    const { period } = spending.budget;
    events.keyCharged?.({ pool, fingerprint, period, endMs: spending.endAt(now()), nanoUsd });
  }

  /** Takes over what all instances have spent with a key, if they count the same window. */
  recordSpent({ fingerprint, endMs, nanoUsd }: Omit<KeySpent, 'pool'>): void {
    const key = this.keys.find((one) => one.fingerprint === fingerprint);
    if (key?.spending?.endAt(this.options.now()) === endMs) this.#raise(key, nanoUsd);
  }

  #raise(key: ManagedKey, nanoUsd: number): void {
    const nowMs = this.options.now();
    const wasSpent = key.spending?.restAt(nowMs) !== undefined;
    key.spending?.raiseTo(nanoUsd, nowMs);
    const rest = key.spending?.restAt(nowMs);
    if (!rest || wasSpent) return;
    const { reason, untilMs } = rest;
    this.#reportOut(key, { scope: '', reason, untilMs, nowMs });
    this.#publish(key, '', reason, untilMs);
  }

  /** Applies a cool-down from another instance. */
  adopt({ fingerprint, model, reason, untilMs, strikes, spentNanoUsd = 0 }: CoolDown): void {
    const key = this.keys.find((one) => one.fingerprint === fingerprint);
    if (!key) return;
    const nowMs = this.options.now();
    if (reason === 'budget-spent') {
      // Of the same window only; and this instance may have been deployed with a larger budget.
      if (key.spending?.endAt(nowMs) === untilMs) key.spending.raiseTo(spentNanoUsd, nowMs);
      return;
    }
    const probeDelayMs = reason === 'rate-limited' ? MAX_PROBE_MS : FIRST_PROBE_MS;
    const rest = {
      reason,
      untilMs: Math.min(untilMs, nowMs + MAX_REST_MS),
      probeAtMs: nowMs + probeDelayMs,
      probeDelayMs,
    };
    if (model !== '') key.restInScope(model, rest, nowMs);
    else {
      key.rest = rest;
      key.consecutiveFailures = Math.max(key.consecutiveFailures, strikes);
    }
    key.verified = false;
  }

  #recordInvalid(key: ManagedKey, scope: string, nowMs: number): void {
    key.consecutiveFailures++;
    key.invalidAtMs = nowMs;
    const allFailed =
      this.options.suspectsAddress &&
      this.keys.length > 1 &&
      this.keys.every(({ invalidAtMs }) => nowMs - invalidAtMs <= ALIKE_MS);
    if (this.suspected || allFailed) {
      key.failures++;
      key.verified = false;
      if (!this.suspected) this.#suspectAddress(nowMs);
      return;
    }
    const forMs = INVALID_MS[Math.min(key.consecutiveFailures, INVALID_MS.length) - 1] ?? INVALID_MS[2];
    this.#disable(key, scope, 'invalid', nowMs + forMs);
  }

  #disable(key: ManagedKey, scope: string, reason: RestReason, untilMs: number): void {
    const nowMs = this.options.now();
    const before = key.rest && key.rest.untilMs > nowMs ? key.rest : undefined;
    const probeDelayMs = Math.min(before ? before.probeDelayMs * 2 : FIRST_PROBE_MS, MAX_PROBE_MS);
    key.failures++;
    key.verified = false;
    key.rest = { reason, untilMs, probeAtMs: nowMs + probeDelayMs, probeDelayMs };
    if (before?.reason !== reason) this.#reportOut(key, { scope: '', reason, untilMs, nowMs }, scope);
    this.#publish(key, '', reason, untilMs);
  }

  #endRests(key: ManagedKey, scope: string): void {
    if (key.rest) this.#publish(key, '', key.rest.reason, 0);
    key.rest = undefined;
    key.scopeRests.delete(scope);
  }

  #suspectAddress(nowMs: number): void {
    this.#suspectedUntilMs = nowMs + SUSPICION_MS;
    for (const key of this.keys) {
      if (key.rest?.reason === 'invalid') {
        key.rest = undefined;
        key.outIn.delete('');
        this.#publish(key, '', 'invalid', 0);
      }
      key.consecutiveFailures = 0;
    }
    this.options.events.addressSuspected(this.options.pool, 'invalid');
  }

  /** @param asked the scope of the request that has shown it */
  #reportOut(
    key: ManagedKey,
    { nowMs, ...out }: Omit<KeyOut, 'pool' | 'alias'> & { readonly nowMs: number },
    asked = out.scope,
  ): void {
    const { pool, events } = this.options;
    key.markOut(out.scope);
    events.keyOut?.({ pool, alias: key.alias, ...out });
    if (!events.poolEmpty) return;
    const rests = this.keys.map((one) => one.restIn(asked, nowMs)?.untilMs);
    if (rests.every((untilMs) => untilMs !== undefined)) events.poolEmpty(pool, Math.min(...rests));
  }

  #reportBack(key: ManagedKey, scope: string, nowMs: number): void {
    if (key.restIn(scope, nowMs)) return; // a response to a request from before
    const wholly = key.outIn.delete('');
    const inScope = key.outIn.delete(scope);
    const { pool, events } = this.options;
    if (wholly || inScope) events.keyBack?.({ pool, alias: key.alias, scope: wholly ? '' : scope });
  }

  #publish(
    { fingerprint, consecutiveFailures, spending }: ManagedKey,
    model: string,
    reason: RestReason,
    untilMs: number,
  ): void {
    const { pool, events } = this.options;
    const coolDown = { pool, fingerprint, model, reason, untilMs, strikes: consecutiveFailures };
    events.coolDown(
      reason === 'budget-spent'
        ? { ...coolDown, spentNanoUsd: spending?.spentAt(this.options.now()) }
        : coolDown,
    );
  }
}

function restUntil(reportedMs: number | undefined, nowMs: number): number {
  if (reportedMs === undefined || !(reportedMs > nowMs)) return nowMs + OUT_OF_CREDIT_MS;
  return Math.min(reportedMs, nowMs + MAX_REST_MS);
}
