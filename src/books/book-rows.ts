import { DAY_MS } from '../clock/calendar-window';
import type { EndedRequest } from './ended-request';
import { amountsOf } from './amounts';
import { addRequest, emptySums, type Sums } from './sums';

/** As long as the longest month, so that the current one is always whole. */
export const KEPT_DAYS = 31;
/** Some 600 bytes each. */
export const MAX_ROWS = 4_000;
/** For the rest of a token's models, once there are that many rows: each token keeps its own sum. */
export const MAX_REST_ROWS = 1_000;
/** Of one token in one day. A client that asks for invented models must not use up the rows of others. */
export const MAX_MODELS = 100;

/** What one token has used of one model in one day. */
export interface BookRow {
  /** The number of the day since 1970, in UTC; of the hour, if the rows are of hours. */
  readonly day: number;
  /** `undefined` for requests without one, and in a row for `rest` of all tokens. */
  readonly token: string | undefined;
  /** `undefined` if `rest` says so, or it is not known. */
  readonly provider: string | undefined;
  readonly model: string | undefined;
  /** Of what the row holds the rest, for which there was no row left; `undefined` for a row of its own. */
  readonly rest: 'models' | 'tokens' | undefined;
  readonly sums: Sums;
  /** When the last of its requests has ended; `undefined` if that is not known. */
  lastMs?: number | undefined;
}

/** The windows that rows are of, in place of days. */
export interface Windows {
  readonly ms: number;
  /** How many are kept. */
  readonly kept: number;
  readonly maxRows: number;
  /** For the rest of a token's models, in addition. */
  readonly maxRestRows: number;
}

export const DAYS: Windows = { ms: DAY_MS, kept: KEPT_DAYS, maxRows: MAX_ROWS, maxRestRows: MAX_REST_ROWS };

interface TokenDay {
  /** By provider and model. */
  readonly models: Map<string, BookRow>;
  rest: BookRow | undefined;
}

interface Day {
  readonly tokens: Map<string | undefined, TokenDay>;
  rest: BookRow | undefined;
  rows: number;
}

/** Which rows are meant: of one token, and of the days from one to another, both included. */
export interface BookFilter {
  readonly token?: string | undefined;
  readonly fromDay?: number | undefined;
  readonly toDay?: number | undefined;
}

/** Whether a row is meant. */
export function isIn(row: BookRow, { token, fromDay = -Infinity, toDay = Infinity }: BookFilter): boolean {
  return row.day >= fromDay && row.day <= toDay && (token === undefined || row.token === token);
}

/** Sums by day, token and model, whose memory does not grow with the number of requests. */
export class BookRows {
  readonly #days = new Map<number, Day>();
  #rows = 0;

  constructor(private readonly windows: Windows = DAYS) {}

  /** @param nanoUsd what the request costs; `undefined` if that is not known */
  add(request: EndedRequest, nanoUsd: number | undefined): void {
    const { metering, isError, firstTokenMs, atMs } = request;
    const amounts = metering?.usage ? amountsOf(metering.usage) : {};
    const row = this.#rowOf(request);
    row.lastMs = atMs;
    addRequest(row.sums, { meter: metering?.class, amounts, isError, firstTokenMs }, nanoUsd);
  }

  /** Whether nothing was added. */
  get isEmpty(): boolean {
    return this.#days.size === 0;
  }

  select({ token, fromDay = -Infinity, toDay = Infinity }: BookFilter = {}): readonly BookRow[] {
    const found: BookRow[] = [];
    for (const [number, day] of this.#days) {
      if (number < fromDay || number > toDay) continue;
      for (const [name, { models, rest }] of day.tokens) {
        if (token !== undefined && name !== token) continue;
        found.push(...models.values());
        if (rest) found.push(rest);
      }
      if (day.rest && token === undefined) found.push(day.rest);
    }
    return found;
  }

  #rowOf({ atMs, token, provider, model: asked, metering }: EndedRequest): BookRow {
    const number = Math.floor(atMs / this.windows.ms);
    const day = this.#dayOf(number);
    const tokenDay = this.#tokenDayOf(day, token);
    if (!tokenDay) return (day.rest ??= newRow({ day: number, rest: 'tokens' }));
    // Without usage the model is only what a client has written.
    const named = metering ? (asked ?? metering.model) : undefined;
    const known = tokenDay.models.get(keyOf(provider, named));
    if (known) return known;
    if (this.#rows < this.windows.maxRows && tokenDay.models.size < MAX_MODELS) {
      // A new text, so that the row does not keep alive the address or the body that a name is a part of.
      const model = named === undefined ? undefined : (JSON.parse(JSON.stringify(named)) as string);
      const row = newRow({ day: number, token, provider, model });
      tokenDay.models.set(keyOf(provider, model), row);
      this.#count(day);
      return row;
    }
    if (!tokenDay.rest) {
      tokenDay.rest = newRow({ day: number, token, rest: 'models' });
      this.#count(day);
    }
    return tokenDay.rest;
  }

  #count(day: Day): void {
    day.rows++;
    this.#rows++;
  }

  #dayOf(number: number): Day {
    const known = this.#days.get(number);
    if (known) return known;
    const { kept } = this.windows;
    const day: Day = { tokens: new Map(), rest: undefined, rows: 0 };
    this.#days.set(number, day);
    const oldestFirst = [...this.#days.keys()].sort((one, other) => one - other);
    for (const old of oldestFirst) {
      // A clock that was wrong for a while has made days that are to come.
      if (old > number - kept && this.#days.size <= kept) break;
      if (old === number) continue;
      this.#rows -= this.#days.get(old)?.rows ?? 0;
      this.#days.delete(old);
    }
    return day;
  }

  /** `undefined` if there is none, and no room for another. */
  #tokenDayOf({ tokens }: Day, token: string | undefined): TokenDay | undefined {
    const known = tokens.get(token);
    const { maxRows, maxRestRows } = this.windows;
    if (known || this.#rows >= maxRows + maxRestRows) return known;
    const tokenDay: TokenDay = { models: new Map(), rest: undefined };
    tokens.set(token, tokenDay);
    return tokenDay;
  }
}

/** Of a model at its provider, whose name has no space. */
function keyOf(provider: string, model: string | undefined): string {
  return model === undefined ? provider : `${provider} ${model}`;
}

function newRow(row: Partial<BookRow> & Pick<BookRow, 'day'>): BookRow {
  return {
    token: undefined,
    provider: undefined,
    model: undefined,
    rest: undefined,
    ...row,
    sums: emptySums(),
  };
}
