import type { AdminApi } from './admin-api';
import { malformed } from './admin-api';

/** Whole days of UTC. */
export interface Period {
  /** Unix time in ms. */
  readonly fromMs: number;
  /** Unix time in ms, exclusive: never later than the day that is running. */
  readonly toMs: number;
}

/** What a provider says of one model, or of another item such as web search, on one day. */
export interface BilledItem {
  readonly day: string;
  readonly model: string;
  /** In nano-dollars. */
  nanoUsd: number | undefined;
  /** Input and output, with what was read from and written to caches. */
  tokens: number | undefined;
}

/** What a provider charges for a period. */
export class Bill {
  readonly #items = new Map<string, BilledItem>();

  constructor(readonly period: Period) {}

  /** Days outside the period are left out: an API may return the whole of a bucket that it begins in. */
  add(
    day: string,
    model: string,
    { nanoUsd, tokens }: Partial<Pick<BilledItem, 'nanoUsd' | 'tokens'>>,
  ): void {
    const atMs = Date.parse(`${day}T00:00:00Z`);
    if (!(atMs >= this.period.fromMs && atMs < this.period.toMs)) return;
    const key = `${day} ${model}`;
    const item = this.#items.get(key) ?? { day, model, nanoUsd: undefined, tokens: undefined };
    if (nanoUsd !== undefined) item.nanoUsd = (item.nanoUsd ?? 0) + nanoUsd;
    if (tokens !== undefined) item.tokens = (item.tokens ?? 0) + tokens;
    this.#items.set(key, item);
  }

  items(): readonly BilledItem[] {
    return [...this.#items.values()];
  }
}

/** Reads a provider's bill. @throws BillError */
export type ReadBill = (api: AdminApi, period: Period) => Promise<Bill>;

const MAX_TOKENS = 1e15;

/** The sum of counts; one that is absent or `null` is 0. @throws BillError */
export function tokensIn(api: AdminApi, path: string, ...counts: readonly unknown[]): number {
  return counts.reduce<number>((sum, count) => {
    if (count === undefined || count === null) return sum;
    if (typeof count !== 'number' || !(count >= 0 && count <= MAX_TOKENS)) throw malformed(api, path);
    return sum + count;
  }, 0);
}

const MAX_NANO_USD = 1e15;

/**
 * An amount of money, a number or a decimal text. Negative ones are credits.
 * @param nanoUsdEach the nano-dollars of the amount's unit
 * @throws BillError
 */
export function nanoUsdIn(
  api: AdminApi,
  path: string,
  amount: { readonly value: unknown; readonly currency: unknown; readonly nanoUsdEach: number },
): number {
  const { value, currency, nanoUsdEach } = amount;
  const isDecimal =
    typeof value === 'string' && /^-?\d{1,30}(?:\.\d{1,60})?(?:[eE][+-]?\d{1,2})?$/.test(value);
  const nanoUsd = typeof value === 'number' || isDecimal ? Math.round(Number(value) * nanoUsdEach) : NaN;
  const isUsd = typeof currency === 'string' && currency.toLowerCase() === 'usd';
  if (!isUsd || !(Math.abs(nanoUsd) <= MAX_NANO_USD)) throw malformed(api, path);
  return nanoUsd;
}

/** A model's name, or another text that stands in its place. */
export function nameIn(...candidates: readonly unknown[]): string {
  const name = candidates.find((one): one is string => typeof one === 'string' && one !== '');
  return name === undefined ? '(not named)' : name.slice(0, 200);
}
