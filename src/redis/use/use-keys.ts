import { TOKEN_NAME } from '../../config/parsers/secrets';
import type { BookRow } from '../../books/book-rows';
import { dayText } from '../../books/days';

/**
 * Where use is kept in Redis, by days of UTC. Of each day there is a hash of the places that have rows, and for each place a
 * hash from a row's name to its figures. A place is a token, `no-token`, or `other` for tokens that had no row left.
 */
const PREFIX = 'scf-llm-proxy:use';
/** Unix time in ms from which use is kept. */
export const USE_SINCE = `${PREFIX}-since`;
/** How long a day is kept after its last request. */
export const LIFE_DAYS = 100;

/** The hash of a day's places, and in `ROWS` how many rows they have. The braces put a day into one slot of a cluster. */
export function dayKey(day: number): string {
  return `${PREFIX}:{${dayText(day)}}`;
}

export const ROWS = 'rows';
export const OTHER = 'other';
const NO_TOKEN = 'no-token';
const TOKEN = 'token:';

export function placeKey(day: number, place: string): string {
  return `${dayKey(day)}:${place}`;
}

/** What an instance has sent of a day so far. */
export function sentKey(day: number, instance: string): string {
  return `${dayKey(day)}:sent:${instance}`;
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
