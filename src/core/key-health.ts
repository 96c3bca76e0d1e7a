import type { PoolKey } from './pool-key';
import type { Verdict } from './verdict';

/** A key that is out for a while, as other instances are told of it. */
export interface CoolDown {
  readonly pool: string;
  /** Of the key; tells nothing of it. */
  readonly fingerprint: string;
  /** '' for every model. */
  readonly model: string;
  readonly reason: string;
  readonly untilMs: number;
  readonly strikes: number;
}

export interface PoolEvents {
  /** A key has just been taken out here. */
  coolDown(coolDown: CoolDown): void;
  /** Every key fails alike: the address is suspected, and the keys stay. */
  addressSuspected(pool: string, reason: string): void;
}

const MINUTE_MS = 60_000;
/** How long a key that was called invalid stays out, the first time, the second, and from then on. */
const DEAD_MS = [10 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS] as const;
const QUOTA_MS = 60 * MINUTE_MS;
/** Where a rate limit does not say until when. */
const RATE_LIMIT_MS = 20_000;
/** Keys that fail within so long of each other fail at once. */
const ALIKE_MS = 30_000;
/** For how long after that a refusal is taken for the address's, and no key is taken out. */
const SUSPICION_MS = 60_000;
/** What a pool learns of its keys from their answers, and from other instances: which are out, and until when. */
export class KeyHealth {
  #suspectedUntilMs = -Infinity;

  constructor(
    private readonly pool: string,
    private readonly keys: readonly PoolKey[],
    private readonly now: () => number,
    private readonly events: PoolEvents,
  ) {}

  /** Whether refusals are taken for the address's at present, so that trying further keys would not help. */
  get suspected(): boolean {
    return this.now() < this.#suspectedUntilMs;
  }

  learn(key: PoolKey, model: string, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'fine':
        key.strikes = 0;
        break;
      case 'dead':
        key.strikes++;
        this.#takeOut(key, verdict.kind, DEAD_MS[Math.min(key.strikes, DEAD_MS.length) - 1] ?? DEAD_MS[2]);
        return;
      case 'quota':
        this.#takeOut(key, verdict.kind, QUOTA_MS);
        return;
      case 'rate-limited': {
        const untilMs = this.now() + (verdict.retryAfterMs ?? RATE_LIMIT_MS);
        key.failures++;
        key.proven = false;
        key.coolModel(model, untilMs, this.now());
        this.#tell(key, model, verdict.kind, untilMs);
        return;
      }
      case 'unfit':
      case 'egress-refused':
      case 'unavailable':
        break; // not its fault, and nothing to wait for
    }
    key.proven = true;
  }

  /** Takes over what another instance has learned. */
  adopt(coolDown: CoolDown): void {
    const key = this.keys.find(({ fingerprint }) => fingerprint === coolDown.fingerprint);
    if (!key) return;
    if (coolDown.model === '') {
      key.outUntilMs = coolDown.untilMs; // 0 where the address is suspected after all
      key.strikes = Math.max(key.strikes, coolDown.strikes);
      key.reason = coolDown.reason;
    } else {
      key.coolModel(coolDown.model, coolDown.untilMs, this.now());
    }
    key.proven = false;
  }

  #takeOut(key: PoolKey, reason: 'dead' | 'quota', forMs: number): void {
    const nowMs = this.now();
    key.failures++;
    key.proven = false;
    key.failedAtMs = nowMs;
    key.failedAs = reason;
    if (this.suspected) return;
    const alike = this.keys.every((one) => one.failedAs === reason && nowMs - one.failedAtMs <= ALIKE_MS);
    if (this.keys.length > 1 && alike) {
      this.#suspectAddress(reason, nowMs);
      return;
    }
    key.outUntilMs = nowMs + forMs;
    key.reason = reason;
    this.#tell(key, '', reason, key.outUntilMs);
  }

  #suspectAddress(reason: string, nowMs: number): void {
    this.#suspectedUntilMs = nowMs + SUSPICION_MS;
    for (const key of this.keys) {
      key.outUntilMs = 0;
      key.reason = undefined;
      key.strikes = 0;
      this.#tell(key, '', reason, 0);
    }
    this.events.addressSuspected(this.pool, reason);
  }

  #tell({ fingerprint, strikes }: PoolKey, model: string, reason: string, untilMs: number): void {
    this.events.coolDown({ pool: this.pool, fingerprint, model, reason, untilMs, strikes });
  }
}
