import { TOKEN_NAME } from '../../config/parsers/secrets';
import type { BookRow } from '../../books/book-rows';
import { dayText } from '../../books/days';
import { DAY_MS } from '../../clock/calendar-window';

/**
 * Where use is kept in Redis, by days of UTC or by hours. Of each day there is a hash of the places that have rows, and for each place a
 * hash from a row's name to its figures. A place is a token, `no-token`, or `other` for tokens that had no row left.
 */
export interface UsePeriod {
  readonly prefix: string;
  readonly ms: number;
  /** How many are kept, each for `lifeSeconds` after its last request. */
  readonly kept: number;
  readonly lifeSeconds: number;
  /** The script that adds to it; each has its own, which names its time to live. */
  readonly command: 'addUse' | 'addUseOfHour';
  readonly textOf: (number: number) => string;
}

/** How many days are kept. */
export const LIFE_DAYS = 100;
const HOUR_MS = 3_600_000;
const LIFE_HOURS = 25;

export const BY_DAY: UsePeriod = {
  prefix: 'scf-llm-proxy:use',
  ms: DAY_MS,
  kept: LIFE_DAYS,
  lifeSeconds: LIFE_DAYS * 86_400,
  command: 'addUse',
  textOf: dayText,
};

export const BY_HOUR: UsePeriod = {
  prefix: 'scf-llm-proxy:use-hours',
  ms: HOUR_MS,
  kept: LIFE_HOURS,
  lifeSeconds: LIFE_HOURS * 3_600,
  command: 'addUseOfHour',
  textOf: (hour) => new Date(hour * HOUR_MS).toISOString().slice(0, 13),
};

/** Unix time in ms from which use is kept. */
export function sinceKey({ prefix }: UsePeriod): string {
  return `${prefix}-since`;
}

/** The hash of a day's places, and in `ROWS` how many rows they have. The braces put a day into one slot of a cluster. */
export function dayKey(period: UsePeriod, day: number): string {
  return `${period.prefix}:{${period.textOf(day)}}`;
}

export const ROWS = 'rows';
export const OTHER = 'other';
const NO_TOKEN = 'no-token';
const TOKEN = 'token:';

export function placeKey(period: UsePeriod, day: number, place: string): string {
  return `${dayKey(period, day)}:${place}`;
}

/** What an instance has sent of a day so far. */
export function sentKey(period: UsePeriod, day: number, instance: string): string {
  return `${dayKey(period, day)}:sent:${instance}`;
}

export function placeOf({ token, rest }: Pick<BookRow, 'token' | 'rest'>): string {
  if (rest === 'tokens') return OTHER;
  return token === undefined ? NO_TOKEN : TOKEN + token;
}

/** The opposite; `undefined` for anything else. */
export function ownerIn(place: string): Pick<BookRow, 'token' | 'rest'> | undefined {
  if (place === OTHER) return { token: undefined, rest: 'tokens' };
  if (place === NO_TOKEN) return { token: undefined, rest: undefined };
  const token = place.startsWith(TOKEN) ? place.slice(TOKEN.length) : '';
  return TOKEN_NAME.test(token) ? { token, rest: undefined } : undefined;
}

/** A row's name: `["openai","gpt-5-mini"]`, or `other` for models that had no row left. */
export function rowName({ provider, model, rest }: Pick<BookRow, 'provider' | 'model' | 'rest'>): string {
  return rest === undefined ? JSON.stringify([provider ?? null, model ?? null]) : OTHER;
}
