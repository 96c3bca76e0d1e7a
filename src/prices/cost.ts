import type { Rates } from './rates';
import type { Usage } from '../meter/usage';

/** USD a million tokens are thousand nano-dollars a token. */
const NANO_PER_TOKEN = 1_000;

/**
 * What a request costs, in whole nano-dollars, at most 2^53 − 1 (nine million dollars).
 * @returns `undefined` if that is not known: there is no price for something it has used, no amounts at all, or amounts
 * that contradict each other
 */
export function costOf(usage: Usage, rates: Rates): number | undefined {
  const { input, output } = usage;
  if (input === undefined && output === undefined) return undefined;
  const cached = usage.cachedInput ?? 0;
  const write5m = usage.cacheWrite5m ?? 0;
  const write1h = usage.cacheWrite1h ?? 0;
  const fresh = (input ?? 0) - cached - write5m - write1h;
  // Some of the audio may be in the cached part: usage does not say, so the rest is audio as far as it goes.
  const audioInput = Math.min(usage.audioInput ?? 0, fresh);
  const audioOutput = usage.audioOutput ?? 0;
  const parts: readonly [tokens: number, rate: number | undefined][] = [
    [fresh - audioInput, rates.input],
    [audioInput, rates.audioInput ?? rates.input],
    [cached, rates.cached ?? rates.input],
    [write5m, rates.write5m ?? rates.input],
    [write1h, rates.write1h ?? rates.write5m ?? rates.input],
    [(output ?? 0) - audioOutput, rates.output],
    [audioOutput, rates.audioOutput ?? rates.output],
  ];
  let nanoUsd = 0;
  for (const [tokens, rate] of parts) {
    if (tokens === 0) continue;
    if (rate === undefined || !(tokens > 0)) return undefined;
    nanoUsd += tokens * rate * NANO_PER_TOKEN;
  }
  const rounded = Math.round(nanoUsd);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
