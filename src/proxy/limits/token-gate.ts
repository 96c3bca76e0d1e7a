import { monotonicMs } from '../../clock/monotonic';
import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import type { Exchange } from '../exchange/exchange';
import { modelPattern } from '../routing/model-routes';
import type { KnownToken } from '../tokens/known-token';
import { TokenCounters, type Excess } from './token-counters';

/** Sets of compiled patterns that are kept; each belongs to one token. */
const MAX_COMPILED = 1_024;

/** Lets a token's requests pass as its limits allow, in this instance. */
export class TokenGate {
  readonly #counters: TokenCounters;
  readonly #patterns = new Map<string, readonly ((model: string) => boolean)[]>();

  constructor(nowMs: () => number = monotonicMs) {
    this.#counters = new TokenCounters(nowMs);
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

  /**
   * Counts a request until it closes.
   * @throws ProxyError `token-rate-limited`, `token-busy`
   */
  begin({ id, limits }: KnownToken, exchange: Exchange): void {
    if (limits?.requestsPerMinute === undefined && limits?.concurrency === undefined) return;
    const excess = this.#counters.begin(id, limits);
    if (excess) throw errorOf(excess);
    exchange.onClose(() => {
      this.#counters.end(id);
    });
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

function errorOf({ kind, limit, retryAfterMs }: Excess): ProxyError {
  const code = kind === 'concurrency' ? 'token-busy' : 'token-rate-limited';
  return new ProxyError(code, { retryAfterMs, tokenLimit: limit });
}
