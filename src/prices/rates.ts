import { DAY_MS } from '../clock/calendar-window';
/** What a model costs, in USD a million tokens; `undefined` where there is no price of its own. */
export interface Rates {
  readonly input?: number;
  readonly cached?: number;
  readonly write5m?: number;
  readonly write1h?: number;
  readonly output?: number;
  readonly audioInput?: number;
  readonly audioOutput?: number;
}

/** Rates of a time, with others for long inputs. */
export interface Period {
  /** Unix time in ms from which they are valid; `undefined` for always. */
  readonly fromMs: number | undefined;
  /** The ms of each day, of UTC, in which they are valid; `undefined` for all. */
  readonly hours: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly rates: Rates;
  /** For requests with more input tokens than this, the largest first. They hold for all tokens of such a request. */
  readonly tiers: readonly { readonly above: number; readonly rates: Rates }[];
}

/** The words of the table. */
export const RATE_WORDS: Readonly<Record<keyof Rates, string>> = {
  input: 'input',
  cached: 'cached',
  write5m: 'write-5m',
  write1h: 'write-1h',
  output: 'output',
  audioInput: 'audio-input',
  audioOutput: 'audio-output',
};
const RATES = Object.entries(RATE_WORDS) as readonly [keyof Rates, string][];
/**
 * Reads an entry of the table: `input 2 output 8 above 200000 input 4; from 2026-03-13 input 1 output 4`. A later period
 * takes precedence. A tier has only what differs. An empty text is a model that tokens do not price.
 * @returns the periods, the one that takes precedence first
 * @throws Error if it is not of this form
 */
export function parseRates(text: string): readonly Period[] {
  if (text === '') return [];
  return text
    .split(';')
    .map((period) => parsePeriod(period.trim().split(' ')))
    .reverse();
}

/** What is valid at a time, for so many input tokens; `undefined` if nothing is. */
export function ratesAt(periods: readonly Period[], atMs: number, inputTokens: number): Rates | undefined {
  const msOfDay = atMs % DAY_MS;
  const period = periods.find(
    ({ fromMs = -Infinity, hours }) =>
      fromMs <= atMs && (!hours || (hours.fromMs <= msOfDay && msOfDay < hours.toMs)),
  );
  return period?.tiers.find(({ above }) => inputTokens > above)?.rates ?? period?.rates;
}

function parsePeriod(words: readonly string[]): Period {
  let fromMs: number | undefined;
  let hours: Period['hours'];
  const rates: Writable = {};
  const tiers: { above: number; rates: Writable }[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const [word = '', value = ''] = words.slice(at, at + 2);
    if (word === 'from') fromMs = checked(Date.parse(value), words);
    else if (word === 'hours') hours = hoursIn(value, words);
    else if (word === 'above') tiers.unshift({ above: checked(Number(value), words), rates: { ...rates } });
    else {
      const [rate] = RATES.find(([, name]) => name === word) ?? [];
      const number = checked(value === '' || !rate ? NaN : Number(value), words);
      if (rate) (tiers[0]?.rates ?? rates)[rate] = number;
    }
  }
  return { fromMs, hours, rates, tiers };
}

/** `01:00-04:30`. */
function hoursIn(text: string, words: readonly string[]): { fromMs: number; toMs: number } {
  const [fromMs, toMs] = text.split('-').map((time) => checked(Date.parse(`1970-01-01T${time}Z`), words));
  return { fromMs: fromMs ?? 0, toMs: toMs ?? DAY_MS };
}

function checked(value: number, words: readonly string[]): number {
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`Not a price: ${words.join(' ')}`);
}

type Writable = { -readonly [name in keyof Rates]: number };
