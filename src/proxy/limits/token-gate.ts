import { monotonicMs } from '../../clock/monotonic';
import type { FailureCode } from '../../errors/failures';
import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import type { Charge } from '../exchange/access-record';
import type { Exchange } from '../exchange/exchange';
import { modelPattern } from '../routing/model-routes';
import type { KnownToken } from '../tokens/known-token';
import { CAP_RESERVE_NANO_USD, type Costs } from './costs';
import type { BoundedRequest } from './cost-bound';
import { CountedParts } from './counted-parts';
import { errorOf, excessIn, type AppliedMoney } from './excess-error';
import type { CountedLimits, Excess, LimitState, LimitStore, Reservation } from './limit-store';
import { TokenCounters } from './token-counters';

/** Sets of compiled patterns that are kept; each belongs to one token. */
const MAX_COMPILED = 1_024;
const NO_USE = { tokens: 0, nanoUsd: 0 };

/** The parts of a token's money that are reported when they are reached. */
const REPORTED_PERCENTS = [100, 80] as const;
export type UsedPercent = (typeof REPORTED_PERCENTS)[number];

/** The limits that count for one request. */
export interface AppliedLimits extends CountedLimits {
  readonly money?: AppliedMoney | undefined;
}

export interface GateOptions {
  /** What a token may spend a day that has no limit of money of its own; `undefined` for any amount. */
  readonly dailyCapNanoUsd: number | undefined;
  readonly costs: Costs;
  /** The wall clock, in ms. */
  readonly wallMs: () => number;
  /** Where the counts are kept; in this instance by default. */
  readonly store?: LimitStore | undefined;
  /** Why a token that was valid is not any more; `undefined` if it still is. */
  readonly endOf?: (token: KnownToken) => FailureCode | undefined;
  /** Called with a token's name when it has used so much of its money; `undefined` if nobody listens. */
  readonly onUsed?: ((name: string, percent: UsedPercent) => void) | undefined;
}

/** Lets a token's requests pass as its limits allow. */
export class TokenGate {
  /** Where the counts are kept. */
  readonly store: LimitStore;
  readonly #cap: AppliedLimits | undefined;
  readonly #patterns = new Map<string, readonly ((model: string) => boolean)[]>();

  constructor(private readonly options: GateOptions) {
    const { dailyCapNanoUsd, wallMs, store } = options;
    this.store = store ?? new TokenCounters(monotonicMs, wallMs);
    if (dailyCapNanoUsd !== undefined)
      this.#cap = { money: { nanoUsd: dailyCapNanoUsd, period: 'day', isDailyCap: true } };
  }

  /** Whether there is anything to check of a token. */
  concerns({ limits }: KnownToken): boolean {
    return limits !== undefined || this.#cap !== undefined;
  }

  /**
   * The limits that count for a request; `undefined` if there are none.
   * @param costsMoney whether the request may cost something, and the server's keys pay for it
   */
  limitsFor({ limits }: KnownToken, costsMoney: boolean): AppliedLimits | undefined {
    if (!limits) return costsMoney ? this.#cap : undefined;
    const { requestsPerMinute, concurrency, tokensPerMinute } = limits;
    const money = costsMoney ? (limits.money ?? this.#cap?.money) : undefined;
    return requestsPerMinute === undefined &&
      concurrency === undefined &&
      tokensPerMinute === undefined &&
      money === undefined
      ? undefined
      : { requestsPerMinute, concurrency, tokensPerMinute, money };
  }

  /** How much of each of a token's limits is used. */
  state(token: KnownToken): readonly LimitState[] | Promise<readonly LimitState[]> {
    const limits = this.limitsFor(token, true);
    return limits ? this.store.state(token.id, limits) : [];
  }

  /** @throws ProxyError `provider-not-allowed` */
  checkProvider({ limits }: KnownToken, provider: Provider): void {
    const allowed = limits?.providers;
    if (!allowed || allowed.includes(provider.name)) return;
    throw new ProxyError('provider-not-allowed', { detail: `It is for: ${allowed.join(', ')}.` });
  }

  /**
   * @param models all that the request names; `undefined` if that cannot be known
   * @param needsOne whether the request uses a model, so that it must name one
   * @throws ProxyError `model-not-allowed`
   */
  checkModels(token: KnownToken, models: readonly string[] | undefined, needsOne: boolean): void {
    const allowed = token.limits?.models;
    if (!allowed) return;
    const isFor = `It is for: ${allowed.join(', ')}.`;
    if (!models || (models.length === 0 && needsOne)) {
      throw new ProxyError('model-not-allowed', {
        detail: `${isFor} This request names no model that the proxy can read: send it as uncompressed JSON with one "model".`,
      });
    }
    const patterns = this.#patternsOf(token.id, allowed);
    if (!models.every((model) => patterns.some((matches) => matches(model))))
      throw new ProxyError('model-not-allowed', { detail: isFor });
  }

  /** Whether a token may use a provider. */
  mayUseProvider({ limits }: KnownToken, { name }: Provider): boolean {
    return limits?.providers?.includes(name) ?? true;
  }

  /** Whether a token may use a model, by its provider's own name for it. */
  mayUseModel({ id, limits }: KnownToken, model: string): boolean {
    const allowed = limits?.models;
    return !allowed || this.#patternsOf(id, allowed).some((matches) => matches(model));
  }

  /** What a request with a limit of money of its own reserves, in nano-dollars. */
  reserveFor(request: Omit<BoundedRequest, 'atMs'>): Promise<number> {
    return this.options.costs.bound({ ...request, atMs: this.options.wallMs() });
  }

  /**
   * Counts a request, and what it has used once it is over.
   * @param reserveNanoUsd what it reserves of a limit of money
   * @throws ProxyError `token-rate-limited`, `token-busy`, `token-tokens-limited`, `token-budget-spent`
   */
  begin(
    token: KnownToken,
    exchange: Exchange,
    limits: AppliedLimits,
    reserveNanoUsd = CAP_RESERVE_NANO_USD,
  ): void | Promise<void> {
    const result = this.store.begin(token.id, limits, limits.money ? reserveNanoUsd : 0);
    if (result instanceof Promise)
      return result.then((late) => {
        this.#take(token, late, exchange, limits);
        if (exchange.failure) throw exchange.failure; // the client may have left meanwhile
      });
    this.#take(token, result, exchange, limits);
  }

  #take(token: KnownToken, result: Reservation | Excess, exchange: Exchange, limits: AppliedLimits): void {
    const { costs, wallMs } = this.options;
    if ('kind' in result) throw errorOf(result, limits.money, wallMs());
    if (limits.tokensPerMinute === undefined && !limits.money) {
      exchange.onSettle(() => {
        result.settle(NO_USE);
        return undefined;
      });
      return;
    }
    const parts = exchange.upgrades ? this.#countInParts(token, result, exchange, limits) : undefined;
    exchange.onSettle(() => {
      const settle = (charge: Charge) => {
        exchange.record.charge = charge;
        const rest = parts?.next(charge) ?? charge;
        result.settle(rest);
        if (limits.money && this.options.onUsed) void this.#reportSettled(token, limits, rest.nanoUsd);
      };
      const charge = costs.charge(exchange, wallMs());
      if (charge instanceof Promise) return charge.then(settle);
      settle(charge);
      return undefined;
    });
  }

  /**
   * Counts what a WebSocket has used each time that a response of it is over, so that it ends when a limit is reached, or
   * its token is not valid any more.
   */
  #countInParts(
    token: KnownToken,
    reservation: Reservation,
    exchange: Exchange,
    limits: AppliedLimits,
  ): CountedParts {
    const { costs, wallMs, endOf } = this.options;
    const parts = new CountedParts();
    exchange.onUse = async (soFar) => {
      const part = parts.next(await costs.charge(exchange, wallMs(), soFar));
      reservation.add(part);
      const states = await this.store.state(token.id, limits);
      this.#reportUse(token, states, part.nanoUsd);
      const end = endOf?.(token);
      if (end) return new ProxyError(end);
      const excess = excessIn(states, wallMs());
      return excess && errorOf(excess, limits.money, wallMs());
    };
    return parts;
  }

  async #reportSettled(token: KnownToken, { money }: AppliedLimits, nanoUsd: number): Promise<void> {
    this.#reportUse(token, await this.store.state(token.id, { money }), nanoUsd);
  }

  /** Reports which part of its money a token has reached with this request, if it is one of them. */
  #reportUse({ name }: KnownToken, states: readonly LimitState[], nanoUsd: number): void {
    const money = states.find(({ kind }) => kind === 'money');
    if (!money) return;
    const { used, limit } = money;
    const reached = REPORTED_PERCENTS.find(
      (percent) => used * 100 >= limit * percent && (used - nanoUsd) * 100 < limit * percent,
    );
    if (reached !== undefined) this.options.onUsed?.(name, reached);
  }

  #patternsOf(id: string, models: readonly string[]): readonly ((model: string) => boolean)[] {
    const known = this.#patterns.get(id);
    if (known) return known;
    if (this.#patterns.size >= MAX_COMPILED) this.#patterns.clear();
    const patterns = models.map(modelPattern);
    this.#patterns.set(id, patterns);
    return patterns;
  }
}
