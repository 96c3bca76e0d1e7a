import { METERS } from '../meter/usage';
import { AMOUNTS, AMOUNT_FIELDS } from './amounts';
import { TIME_CLASSES, timesIn } from '../clock/time-classes';
import { emptySums, fieldsOf, type Figures, type Sums } from './sums';

const PARTIAL = 'partial_';
/** How many times until the first token there are, and, with a number, how many of a class. */
const FIRST_TOKEN = 'ft';
/** What can be added up exactly. */
const MAX = Number.MAX_SAFE_INTEGER;

/** Sums as numbers with names, most of them those of the log: the form in which they are kept outside an instance. */
export function storedFigures({
  requests,
  errors,
  counts,
  metered,
  partial,
  firstToken,
}: Sums): Readonly<Record<string, number>> {
  return {
    requests,
    errors,
    ...counts,
    ...storedOf(metered, ''),
    ...storedOf(partial, PARTIAL),
    ...(firstToken && {
      [FIRST_TOKEN]: timesIn(firstToken),
      ...Object.fromEntries(
        [...firstToken].map(([timeClass, times]) => [FIRST_TOKEN + String(timeClass), times]),
      ),
    }),
  };
}

/**
 * The sums that such numbers say.
 * @param numberOf the number of a name, whatever it is: what is not possible counts as 0 or as the largest
 */
export function sumsFrom(numberOf: (name: string) => number | undefined): Sums {
  const number = (name: string): number => {
    const value = numberOf(name) ?? 0;
    return value > 0 ? Math.min(value, MAX) : 0;
  };
  const count = (name: string): number => Math.floor(number(name));
  const sums = emptySums();
  sums.requests = count('requests');
  sums.errors = count('errors');
  for (const meter of METERS) sums.counts[meter] = count(meter);
  for (const [figures, prefix] of [
    [sums.metered, ''],
    [sums.partial, PARTIAL],
  ] as const) {
    // Seconds of audio may have a fraction.
    for (const name of AMOUNTS) figures.amounts[name] = number(prefix + AMOUNT_FIELDS[name]);
    figures.nanoUsd = count(`${prefix}nano_usd`);
    figures.priced = count(`${prefix}priced`);
    figures.unpriced = count(`${prefix}unpriced`);
  }
  if (count(FIRST_TOKEN) > 0) {
    const firstToken = (sums.firstToken = new Map<number, number>());
    for (let timeClass = 0; timeClass < TIME_CLASSES; timeClass++) {
      const times = count(FIRST_TOKEN + String(timeClass));
      if (times > 0) firstToken.set(timeClass, times);
    }
  }
  return sums;
}

function storedOf(figures: Figures, prefix: string): Record<string, number> {
  return {
    ...fieldsOf(figures, prefix),
    [`${prefix}nano_usd`]: figures.nanoUsd,
    [`${prefix}priced`]: figures.priced,
    [`${prefix}unpriced`]: figures.unpriced,
  };
}
