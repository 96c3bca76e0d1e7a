import type { Redis } from 'ioredis';
import { isIn, type BookFilter, type BookRow } from '../../books/book-rows';
import { sumsFrom } from '../../books/stored-sums';
import type { UsageRecords } from '../../books/usage-records';
import { MAX_ROW_CHARACTERS } from './add-script';
import {
  BY_DAY,
  OTHER,
  ROWS,
  dayKey,
  ownerIn,
  placeKey,
  placeOf,
  rowName,
  sinceKey,
  type UsePeriod,
} from './use-keys';

/** Rows that are read at most, those of the newest days first. */
const MAX_READ_ROWS = 50_000;
/** Hashes that are read in one round trip. */
const MAX_AT_ONCE = 500;
/** More fields than a day's places and a place's rows can be; what a hash has beyond them is not read. */
const DAY_FIELDS = 8_192;
const PLACE_FIELDS = 256;
const MAX_NAME_CHARACTERS = 600;

type Fields = readonly (readonly [name: string, value: string])[];

interface Place {
  readonly day: number;
  readonly place: string;
}

/**
 * What Redis has of the use of all instances. Others can write there as well: what is not a row is left out.
 * @param nowMs Unix time
 * @param period what rows are of; those of hours have the hour's number as their day
 * @throws if Redis does not respond
 */
export async function readUse(
  client: Redis,
  { token, fromDay = -Infinity, toDay = Infinity }: BookFilter,
  nowMs: number,
  period: UsePeriod = BY_DAY,
): Promise<Omit<UsageRecords, 'pricesNote'>> {
  const { ms, kept } = period;
  const today = Math.floor(nowMs / ms);
  const oldest = today - kept + 1;
  const since = Number(await client.get(sinceKey(period)).catch(noneOfAnotherKind));
  const sinceMs = Math.max(since > 0 && since <= nowMs ? since : nowMs, oldest * ms);
  const days: number[] = [];
  // Clocks differ: for some instances the next day has begun.
  for (let day = Math.min(toDay, today + 1); day >= Math.max(fromDay, oldest); day--) days.push(day);
  const places =
    token === undefined
      ? await placesOf(client, period, days)
      : days.map((day) => ({ day, place: placeOf({ token, rest: undefined }) }));
  const rows: BookRow[] = [];
  for (let at = 0; at < places.length && rows.length < MAX_READ_ROWS; at += MAX_AT_ONCE) {
    const some = places.slice(at, at + MAX_AT_ONCE);
    const hashes = await fieldsOf(
      client,
      some.map(({ day, place }) => placeKey(period, day, place)),
      PLACE_FIELDS,
    );
    for (const [index, place] of some.entries()) rows.push(...rowsIn(place, hashes[index] ?? []));
  }
  const isCut = rows.length >= MAX_READ_ROWS;
  return {
    scope: 'all instances',
    sinceMs,
    note: `Of all instances, from Redis, since ${new Date(sinceMs).toISOString()}, at most ${kept} days; days are of UTC. A row marked "other" is for what had no row left.${isCut ? ' There are too many rows: the oldest days are left out.' : ''}`,
    rows: (filter = {}) => rows.filter((row) => isIn(row, filter)),
  };
}

async function placesOf(
  client: Redis,
  period: UsePeriod,
  days: readonly number[],
): Promise<readonly Place[]> {
  const hashes = await fieldsOf(
    client,
    days.map((day) => dayKey(period, day)),
    DAY_FIELDS,
  );
  return days.flatMap((day, at) =>
    (hashes[at] ?? []).flatMap(([place]) =>
      place !== ROWS && ownerIn(place) !== undefined ? [{ day, place }] : [],
    ),
  );
}

/** The fields of some hashes, in one round trip; of one that is none, or is not there, there are none. */
async function fieldsOf(client: Redis, keys: readonly string[], atMost: number): Promise<readonly Fields[]> {
  const commands = client.pipeline();
  for (const key of keys) commands.hscan(key, 0, 'COUNT', atMost);
  const replies = (await commands.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) {
      noneOfAnotherKind(error);
      return [];
    }
    const [, list] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
    if (!Array.isArray(list)) return [];
    const texts = (list as readonly unknown[]).slice(0, 2 * atMost).map(String);
    return texts.flatMap((name, at) => (at % 2 === 0 ? [[name, texts[at + 1] ?? ''] as const] : []));
  });
}

/** A key of another kind than ours is something else's. @throws any other error */
function noneOfAnotherKind(error: unknown): null {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return null;
  throw error;
}

function rowsIn({ day, place }: Place, fields: Fields): readonly BookRow[] {
  const owner = ownerIn(place);
  if (!owner) return [];
  return fields.flatMap(([name, figures]) => {
    const model = owner.rest === undefined ? modelIn(name) : undefined;
    const row = name === OTHER ? { ...NO_MODEL, rest: owner.rest ?? ('models' as const) } : model;
    if (!row || figures.length > MAX_ROW_CHARACTERS) return [];
    const numbers = new Map(figures.split(' ').map(pairIn));
    return [{ day, token: owner.token, ...row, sums: sumsFrom((figure) => numbers.get(figure)) }];
  });
}

const NO_MODEL = { provider: undefined, model: undefined };

/** `undefined` if the name is not a row's. */
function modelIn(name: string): Pick<BookRow, 'provider' | 'model' | 'rest'> | undefined {
  if (name.length > MAX_NAME_CHARACTERS) return undefined;
  try {
    const [provider, model, ...more] = JSON.parse(name) as readonly unknown[];
    if (more.length > 0 || !isNameOrNull(provider) || !isNameOrNull(model)) return undefined;
    const row = { provider: provider ?? undefined, model: model ?? undefined, rest: undefined };
    return rowName(row) === name ? row : undefined; // one that is written otherwise would be a second one
  } catch {
    return undefined;
  }
}

function isNameOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function pairIn(text: string): readonly [string, number] {
  const at = text.indexOf('=');
  return [text.slice(0, Math.max(at, 0)), Number(text.slice(at + 1))];
}
