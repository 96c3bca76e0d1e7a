import { randomBytes } from 'node:crypto';
import { monotonicMs } from '../clock/monotonic';
import type {
  CountedLimits,
  Excess,
  LimitState,
  Reservation,
  SharedLimitStore,
  Use,
} from '../proxy/limits/limit-store';
import { LimitCommands, type Arguments, type ScriptClient } from './limit-commands';
import { readReservation, readState } from './limit-replies';
import { UnsentMoney, isOnItsWay, type UnsentSum } from './use/unsent-money';

export interface RedisLimitOptions {
  /** The client, once it has connected or failed to for the first time; its commands fail while it is not connected. */
  readonly connect: () => Promise<ScriptClient>;
  readonly prefix: string;
  /** How long a request counts as running after its instance was last heard of. */
  readonly leaseMs: number;
  /** Called once when Redis does not respond in time, and once when it does again. */
  readonly onStall?: () => void;
  readonly onResume?: () => void;
  readonly nowMs?: () => number;
  /** The wall clock, in ms. */
  readonly wallMs?: () => number;
}

/** How long a request waits for its reservation. */
const RESERVE_WAIT_MS = 250;
/** The same before the first connection is made: a new instance must not let its first requests pass unseen. */
const CONNECT_WAIT_MS = 500;
/** How long no request waits after one has waited in vain. */
const PAUSE_MS = 1_000;
const WAIT_STEPS = 5;
const MAX_RENEWED_AT_ONCE = 500;

/** What a request has spent; the period is empty if its money is not limited. */
type Settlement = Omit<UnsentSum, 'period'> & { readonly period: UnsentSum['period'] | '' };

/** The name of a lease that no request has. */
const NO_LEASE = '';

/** A request under way. */
interface Lease {
  readonly keys: Arguments;
  readonly name: string;
}

/**
 * Counts what tokens use over all instances: one round trip before a request, and one after it unless only the requests of
 * a minute are limited. If Redis does not say in time that a request is one too many, it passes.
 */
export class RedisLimits implements SharedLimitStore {
  readonly #commands: LimitCommands;
  readonly #leases = new Set<Lease>();
  /** Part of the leases' names, so that no two instances have the same. */
  readonly #instance = randomBytes(9).toString('base64url');
  readonly #nowMs: () => number;
  readonly #unsent: UnsentMoney;
  #begun = 0;
  #isStalled = false;
  #pausedUntilMs = 0;
  #renewing: NodeJS.Timeout | undefined;

  constructor(private readonly options: RedisLimitOptions) {
    this.#commands = new LimitCommands(options.connect);
    this.#nowMs = options.nowMs ?? monotonicMs;
    this.#unsent = new UnsentMoney(options.wallMs ?? Date.now);
  }

  async begin(id: string, limits: CountedLimits, reserveNanoUsd: number): Promise<Reservation | Excess> {
    const { requestsPerMinute, concurrency, tokensPerMinute, money } = limits;
    const reserve = wholeNumber(reserveNanoUsd);
    const lease = { keys: this.#keysOf(id, limits), name: `${this.#instance}:${++this.#begun}:${reserve}` };
    const reserving = this.#commands.send('reserveLimits', [
      ...lease.keys,
      lease.name,
      this.options.leaseMs,
      ...[money?.period, money?.nanoUsd, reserve, concurrency, requestsPerMinute, tokensPerMinute].map(
        (value) => value ?? '',
      ),
    ]);
    const excess = readReservation(await this.#inTime(reserving), limits);
    if (excess) return excess;
    const isHeld = concurrency !== undefined || money !== undefined;
    if (isHeld) this.#hold(lease);
    return {
      add: (use) => {
        this.count(id, limits, use);
      },
      settle: (use) => {
        this.#leases.delete(lease);
        const { tokens, nanoUsd } = countedOf(limits, use);
        if (!isHeld && tokens === 0) return;
        void this.#settle(lease.name, tokens, { keys: lease.keys, period: money?.period ?? '', nanoUsd });
      },
    };
  }

  count(id: string, limits: CountedLimits, use: Use): void {
    const { tokens, nanoUsd } = countedOf(limits, use);
    if (tokens === 0 && nanoUsd === 0) return;
    const sum = { keys: this.#keysOf(id, limits), period: limits.money?.period ?? ('' as const), nanoUsd };
    void this.#settle(NO_LEASE, tokens, sum);
  }

  /** Sends what was spent while Redis was away. */
  catchUp(): void {
    for (const sum of this.#unsent.takeAll()) void this.#settle(NO_LEASE, 0, sum);
  }

  /** Never rejects: the loss of Redis is logged elsewhere. */
  async #settle(lease: string, tokens: number, sum: Settlement): Promise<void> {
    const { keys, period, nanoUsd } = sum;
    try {
      await this.#commands.send('settleLimits', [...keys, lease, tokens, period, nanoUsd]);
      if (!this.#unsent.isEmpty) this.catchUp();
    } catch (error) {
      if (nanoUsd > 0 && period !== '' && !isOnItsWay(error)) this.#unsent.keep({ keys, period, nanoUsd });
    }
  }

  /** @throws if Redis does not say so in time */
  async state(id: string, limits: CountedLimits): Promise<readonly LimitState[]> {
    const reading = this.#commands.send('readLimits', [
      ...this.#keysOf(id, limits),
      limits.money?.period ?? 'total',
    ]);
    const state = readState(await this.#inTime(reading), limits);
    if (!state) throw new Error('Redis did not say how much of the limits is used');
    return state;
  }

  close(): void {
    clearInterval(this.#renewing);
  }

  /** The braces put all keys of a token into one slot of a cluster. */
  #keysOf(id: string, { money }: CountedLimits): Arguments {
    const start = `${this.options.prefix}:limits:{${encodeURIComponent(id)}}:`;
    return ['requests', 'tokens', 'running', `money:${money?.period ?? 'none'}`].map((name) => start + name);
  }

  /** The reply; `undefined` if there is none, or none in time. */
  async #inTime(sent: Promise<unknown>): Promise<unknown> {
    const replied = sent.then(
      (reply) => ({ reply }),
      () => undefined,
    );
    if (this.#isStalled && this.#nowMs() < this.#pausedUntilMs) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      const waitMs = this.#commands.hasConnected ? RESERVE_WAIT_MS : CONNECT_WAIT_MS;
      // Steps, since time in which this process was busy with other things does not count against Redis; and what has
      // arrived meanwhile is read before it counts as late.
      const step = (left: number) => {
        if (left === 0) setImmediate(resolve, 'late');
        else timer = setTimeout(step, waitMs / WAIT_STEPS, left - 1);
      };
      step(WAIT_STEPS);
    });
    const first = await Promise.race([replied, late]);
    clearTimeout(timer);
    if (first === 'late') {
      this.#pausedUntilMs = this.#nowMs() + PAUSE_MS;
      if (!this.#isStalled) this.options.onStall?.();
      this.#isStalled = true;
      return undefined;
    }
    if (first && this.#isStalled) {
      this.#isStalled = false;
      this.options.onResume?.();
    }
    return first?.reply;
  }

  /** Keeps a lease from ending until its request is settled. */
  #hold(lease: Lease): void {
    this.#leases.add(lease);
    this.#renewing ??= setInterval(() => {
      this.#renew();
    }, this.options.leaseMs / 3).unref();
  }

  #renew(): void {
    const tokens = new Map<string, Lease[]>();
    for (const lease of this.#leases) {
      const token = lease.keys.join();
      const known = tokens.get(token);
      if (known) known.push(lease);
      else tokens.set(token, [lease]);
    }
    for (const leases of tokens.values()) {
      for (let at = 0; at < leases.length; at += MAX_RENEWED_AT_ONCE) {
        const some = leases.slice(at, at + MAX_RENEWED_AT_ONCE);
        const args = [...(some[0]?.keys ?? []), this.options.leaseMs, ...some.map(({ name }) => name)];
        this.#commands.send('renewLimits', args).catch(() => undefined);
      }
    }
    if (this.#leases.size > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
  }
}

/** What counts of it towards the limits that there are. */
function countedOf({ tokensPerMinute, money }: CountedLimits, use: Use): Use {
  return {
    tokens: tokensPerMinute === undefined ? 0 : wholeNumber(use.tokens),
    nanoUsd: money ? wholeNumber(use.nanoUsd) : 0,
  };
}

/** At least 0, and such that Redis counts it exactly. */
function wholeNumber(number: number): number {
  return number > 0 ? Math.min(Number.MAX_SAFE_INTEGER, Math.round(number)) : 0;
}
