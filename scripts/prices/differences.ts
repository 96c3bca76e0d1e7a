import { PriceList } from '../../src/prices/price-list';
import { ratesAt } from '../../src/prices/rates';
import { costOf } from '../../src/prices/cost';
import type { Usage } from '../../src/meter/usage';
import { patternsOf } from './entries';
import type { Source } from './source';
import { PROVIDERS, type PriceTable } from './table';

/** Below and above the start of every tier; the source has no price for an hour's cache of most models. */
const USAGES: readonly Usage[] = [1_000, 400_000].map((input) => ({
  input,
  cachedInput: input / 5,
  cacheWrite5m: input / 10,
  cacheWrite1h: undefined,
  output: 500,
  reasoning: undefined,
  audioInput: undefined,
  audioOutput: undefined,
  images: undefined,
}));

/** Models that the table prices otherwise than its source, as `provider/model`; it is to be empty. */
export function differences(source: Source, table: PriceTable, atMs: number): readonly string[] {
  const found: string[] = [];
  for (const [provider, id] of Object.entries(PROVIDERS)) {
    const list = new PriceList(table.providers[provider] ?? {});
    const names = source.models(id).flatMap(({ match }) => patternsOf(match));
    for (const name of names.filter((one) => !one.endsWith('*'))) {
      const periods = list.find(name);
      if (!periods || periods.length === 0) continue; // unpriced, which is never wrong
      const isWrong = USAGES.some((usage) => {
        const rates = ratesAt(periods, atMs, usage.input ?? 0);
        const ours = rates && costOf(rates.output === undefined ? { ...usage, output: 0 } : usage, rates);
        const theirs = source.price(id, name, amountsOf(usage, rates?.output), atMs);
        return ours === undefined || theirs === undefined || Math.abs(ours - theirs * 1e9) > 1;
      });
      if (isWrong) found.push(`${provider}/${name}`);
    }
  }
  return found;
}

function amountsOf(usage: Usage, outputRate: number | undefined): Readonly<Record<string, number>> {
  return {
    input_tokens: usage.input ?? 0,
    cache_read_tokens: usage.cachedInput ?? 0,
    cache_write_tokens: usage.cacheWrite5m ?? 0,
    output_tokens: outputRate === undefined ? 0 : (usage.output ?? 0),
  };
}
