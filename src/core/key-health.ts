import type { Classification } from '../providers/error-response';
import type { PoolKey, RestReason } from './pool-key';

/** A key that is out for a while, as other instances are told of it. */
export interface CoolDown {
  readonly pool: string;
  /** Of the key; tells nothing of it. */
  readonly fingerprint: string;
  /** The scope (kind of endpoint and model) that a rate limit is for; '' for all. */
  readonly model: string;
  readonly reason: RestReason;
  /** A time in the past ends an earlier one. */
  readonly untilMs: number;
  readonly strikes: number;
}

export interface PoolEvents {
  /** A key has just been taken out here, or is back. */
  coolDown(coolDown: CoolDown): void;
  /** Every key is called invalid at once: the address is suspected, and the keys stay. */
  addressSuspected(pool: string, reason: string): void;
}

export interface KeyHealthOptions {
  readonly pool: string;
  /** Whether keys that all fail at once speak of the address; those of a client speak of the client. */
  readonly suspectsAddress: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
  readonly events: PoolEvents;
}

const MINUTE_MS = 60_000;
/** How long a key that was called invalid stays out, the first time, the second, and from then on. */
const INVALID_MS = [10 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;
/** Where nothing says when credit comes back. */
const OUT_OF_CREDIT_MS = 60 * MINUTE_MS;
/** Where a rate limit does not say until when. */
const RATE_LIMIT_MS = 20_000;
/** Nothing a provider says keeps a key out for longer. */
const MAX_REST_MS = 24 * 60 * MINUTE_MS;
/** How long other keys are preferred where one was not permitted. */
const NOT_PERMITTED_MS = 5 * MINUTE_MS;
/** How soon the last key is tried again, growing to the latter. */
const FIRST_PROBE_MS = 1_000;
const MAX_PROBE_MS = MINUTE_MS;
/** Keys that are called invalid within so long of each other fail at once. */
const ALIKE_MS = 30_000;
/** For how long after that it is taken for the address's fault, and no key is taken out. */
const SUSPICION_MS = 60_000;

/** What a pool learns of its keys from their responses, and from other instances: which are out, and until when. */
export class KeyHealth {
  #suspectedUntilMs = -Infinity;

  constructor(
    private readonly keys: readonly PoolKey[],
    private readonly options: KeyHealthOptions,
  ) {}

  /** Whether errors are taken for the address's fault at present, so that trying further keys would not help. */
  get suspected(): boolean {
    return this.options.now() < this.#suspectedUntilMs;
  }

  /** @param recovered whether a request was served although the key was out, which ends that */
  record(key: PoolKey, scope: string, classification: Classification, recovered: boolean): void {
    const nowMs = this.options.now();
    switch (classification.kind) {
      case 'ok':
        key.consecutiveFailures = 0;
        if (key.notPermitted.size > 0) key.notPermitted.delete(scope);
        if (recovered) this.#endRests(key, scope);
        break;
      case 'invalid':
        this.#recordInvalid(key, nowMs);
        return;
      case 'out-of-credit':
        this.#takeOut(key, 'out-of-credit', nowMs, restUntil(classification.untilMs, nowMs));
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
        key.restInScope(scope, rest, nowMs);
        this.#tell(key, scope, 'rate-limited', untilMs);
        return;
      }
      case 'not-permitted':
        key.markNotPermitted(scope, nowMs + NOT_PERMITTED_MS, nowMs);
        break;
      case 'egress-refused':
      case 'unavailable':
        break; // not its fault, and nothing to wait for
    }
    key.verified = true;
  }

  /** Takes over what another instance has learned. */
  adopt({ fingerprint, model, reason, untilMs, strikes }: CoolDown): void {
    const key = this.keys.find((one) => one.fingerprint === fingerprint);
    if (!key) return;
    const nowMs = this.options.now();
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

  #recordInvalid(key: PoolKey, nowMs: number): void {
    key.consecutiveFailures++;
    key.invalidAtMs = nowMs;
    const alike =
      this.options.suspectsAddress &&
      this.keys.length > 1 &&
      this.keys.every(({ invalidAtMs }) => nowMs - invalidAtMs <= ALIKE_MS);
    if (this.suspected || alike) {
      key.failures++;
      key.verified = false;
      if (!this.suspected) this.#suspectAddress(nowMs);
      return;
    }
    const forMs = INVALID_MS[Math.min(key.consecutiveFailures, INVALID_MS.length) - 1] ?? INVALID_MS[2];
    this.#takeOut(key, 'invalid', nowMs, nowMs + forMs);
  }

  #takeOut(key: PoolKey, reason: RestReason, nowMs: number, untilMs: number): void {
    const before = key.rest && key.rest.untilMs > nowMs ? key.rest.probeDelayMs * 2 : FIRST_PROBE_MS;
    const probeDelayMs = Math.min(before, MAX_PROBE_MS);
    key.failures++;
    key.verified = false;
    key.rest = { reason, untilMs, probeAtMs: nowMs + probeDelayMs, probeDelayMs };
    this.#tell(key, '', reason, untilMs);
  }

  #endRests(key: PoolKey, scope: string): void {
    if (key.rest) this.#tell(key, '', key.rest.reason, 0);
    key.rest = undefined;
    key.scopeRests.delete(scope);
  }

  #suspectAddress(nowMs: number): void {
    this.#suspectedUntilMs = nowMs + SUSPICION_MS;
    for (const key of this.keys) {
      if (key.rest?.reason === 'invalid') {
        key.rest = undefined;
        this.#tell(key, '', 'invalid', 0);
      }
      key.consecutiveFailures = 0;
    }
    this.options.events.addressSuspected(this.options.pool, 'invalid');
  }

  #tell(
    { fingerprint, consecutiveFailures }: PoolKey,
    model: string,
    reason: RestReason,
    untilMs: number,
  ): void {
    const { pool, events } = this.options;
    events.coolDown({ pool, fingerprint, model, reason, untilMs, strikes: consecutiveFailures });
  }
}

function restUntil(toldMs: number | undefined, nowMs: number): number {
  if (toldMs === undefined || !(toldMs > nowMs)) return nowMs + OUT_OF_CREDIT_MS;
  return Math.min(toldMs, nowMs + MAX_REST_MS);
}
