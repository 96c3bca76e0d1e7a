import { RATE_WORDS, type Rates } from '../../src/prices/rates';
import type { Constraint, Match, SourceModel, SourcePrice, SourcePrices } from './source';

const UNITS: Readonly<Record<string, keyof Rates>> = {
  input_mtok: 'input',
  cache_read_mtok: 'cached',
  cache_write_mtok: 'write5m',
  cache_write_1h_mtok: 'write1h',
  output_mtok: 'output',
  input_audio_mtok: 'audioInput',
  output_audio_mtok: 'audioOutput',
};
/** What a usage does not tell apart from text, at another price. */
const UNTOLD = ['output_image_mtok', 'output_video_mtok', 'input_video_mtok'];

/** The periods of a model as the table has them; `undefined` for one that tokens alone do not price. */
export function textOf(model: SourceModel): string | undefined {
  const { prices } = model;
  const periods: readonly { readonly constraint?: Constraint; readonly prices: SourcePrices }[] =
    Array.isArray(prices) ? prices : [{ prices: prices as SourcePrices }];
  if (periods.some((period) => !isPricedByTokens(model.id, period.prices))) return undefined;
  // A window of the day is of the latest prices: the source cannot say from which date on.
  const latest = periods.flatMap(({ constraint }) =>
    constraint?.type === 'start_date' ? [constraint.start_date] : [],
  );
  return periods
    .map((period) => [...whenOf(period.constraint, latest.at(-1)), ...wordsOf(period.prices)].join(' '))
    .join('; ');
}

/** Names of a model, some with a `*` at the end. */
export function patternsOf(match: Match): readonly string[] {
  if ('or' in match) return match.or.flatMap(patternsOf);
  if ('and' in match) return match.and.flatMap(patternsOf); // a prefix, less what has an entry of its own
  if ('equals' in match) return [match.equals.toLowerCase()];
  if ('ends_with' in match) return [match.ends_with.toLowerCase()];
  if ('starts_with' in match) return [`${match.starts_with.toLowerCase()}*`];
  if ('contains' in match) return [`${match.contains.toLowerCase()}*`];
  return []; // a date after a name, which the look-up takes off
}

function isPricedByTokens(id: string, prices: SourcePrices): boolean {
  if (prices['input_mtok'] === undefined) return false;
  if (UNTOLD.some((unit) => prices[unit] !== undefined)) return false;
  return !/audio|voice|realtime/.test(id) || prices['input_audio_mtok'] !== undefined;
}

function whenOf(constraint: Constraint | undefined, latest: string | undefined): readonly string[] {
  if (!constraint) return [];
  if (constraint.type === 'start_date') return ['from', constraint.start_date];
  const hours = `${constraint.start_time.slice(0, 5)}-${constraint.end_time.slice(0, 5)}`;
  return [...(latest === undefined ? [] : ['from', latest]), 'hours', hours];
}

function wordsOf(prices: SourcePrices): readonly string[] {
  const known = Object.entries(UNITS).flatMap(([unit, rate]) => {
    const price = prices[unit];
    return price === undefined ? [] : [{ word: RATE_WORDS[rate], price }];
  });
  const starts = [...new Set(known.flatMap(({ price }) => tiersOf(price).map(({ start }) => start)))];
  starts.sort((one, other) => one - other);
  return [
    ...known.flatMap(({ word, price }) => [word, String(typeof price === 'number' ? price : price.base)]),
    ...starts.flatMap((start) => [
      'above',
      String(start),
      ...known.flatMap(({ word, price }) => {
        const tier = tiersOf(price).find((one) => one.start === start);
        return tier ? [word, String(tier.price)] : [];
      }),
    ]),
  ];
}

function tiersOf(price: SourcePrice): readonly { readonly start: number; readonly price: number }[] {
  return typeof price === 'number' ? [] : price.tiers;
}
