import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { BookRows, DAYS, type BookFilter, type BookRow } from '../../books/book-rows';
import type { EndedRequest } from '../../books/ended-request';
import { storedFigures } from '../../books/stored-sums';
import type { UsageRecords } from '../../books/usage-records';
import { addScript } from './add-script';
import { readUse } from './read-use';
import {
  BY_DAY,
  OTHER,
  dayKey,
  placeKey,
  placeOf,
  rowName,
  sentKey,
  sinceKey,
  type UsePeriod,
} from './use-keys';

export interface SharedUseOptions {
  /** What the sums are of; days by default. */
  readonly period?: UsePeriod;
  /** The client, once it has connected or failed to for the first time; its commands fail while it is not connected. */
  readonly connect: () => Promise<Redis>;
  /** Takes what is secret, and what no log may have, out of a name that a client has written. */
  readonly cleanName: (name: string) => string;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** More would keep Redis from other things for too long. */
const MAX_BATCH_ROWS = 200;
/** How long a page waits for what all instances have used. */
const READ_LIMIT_MS = 1_000;

/** Rows of one day, which are added together, and once. */
interface Batch {
  readonly number: number;
  readonly keys: readonly string[];
  readonly figures: readonly string[];
}

/** The commands of one round trip; ioredis adds a method for each script that is defined. */
interface Commands {
  set(key: string, value: number, condition: 'NX'): unknown;
  addUse(keys: number, ...keysAndArguments: (string | number)[]): unknown;
  addUseOfHour(keys: number, ...keysAndArguments: (string | number)[]): unknown;
  exec(): Promise<readonly (readonly [error: Error | null, reply: unknown])[] | null>;
}

/**
 * Adds up in Redis what requests of all instances have used. One batch is on its way at a time; what comes meanwhile is the
 * next. While Redis is away the rows are kept, as many as an instance keeps for itself, and sent when it is back.
 */
export class SharedUse {
  /** Part of a key, so that no two instances have the same. */
  readonly #instance = randomBytes(9).toString('base64url');
  readonly #period: UsePeriod;
  #added: BookRows;
  /** On their way, or to be sent again: the first one until Redis has confirmed it. */
  #batches: Batch[] = [];
  #batchNumber = 0;
  #sending: Promise<boolean> | undefined;
  #client: Redis | undefined;

  constructor(private readonly options: SharedUseOptions) {
    this.#period = options.period ?? BY_DAY;
    this.#added = this.#newRows();
  }

  /** @param nanoUsd what the request costs; `undefined` if that is not known */
  add(request: EndedRequest, nanoUsd: number | undefined): void {
    this.#added.add(request, nanoUsd);
    this.send();
  }

  /** Sends what is not in Redis yet. */
  send(): void {
    if (this.#sending || this.#isAllSent) return;
    this.#sending = this.#sendBatch().then((isConfirmed) => {
      this.#sending = undefined;
      if (isConfirmed) this.send();
      return isConfirmed;
    });
  }

  /**
   * Resolves once what was added so far is in Redis: with `false` if it cannot be sent.
   * @param rounds batches to wait for; the one that is on its way and the next have it all, except after a long absence
   */
  async flush(rounds = 2): Promise<boolean> {
    for (let round = 0; round < rounds && !this.#isAllSent; round++) {
      this.send();
      if (!(await this.#sending)) return false;
    }
    return true;
  }

  /** What all instances have used. @throws if Redis does not say so in time */
  async read(filter: BookFilter): Promise<Omit<UsageRecords, 'pricesNote'>> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(reject, READ_LIMIT_MS, new Error('Redis did not say in time what was used'));
    });
    try {
      return await Promise.race([this.#readAll(filter), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #readAll(filter: BookFilter): Promise<Omit<UsageRecords, 'pricesNote'>> {
    if (!(await this.flush())) throw new Error('Redis is out of reach');
    return readUse(await this.options.connect(), filter, this.options.now(), this.#period);
  }

  #newRows(): BookRows {
    const { ms } = this.#period;
    return new BookRows(ms === DAYS.ms ? DAYS : { ...DAYS, ms });
  }

  get #isAllSent(): boolean {
    return this.#batches.length === 0 && this.#added.isEmpty;
  }

  /** Resolves with whether Redis has confirmed it. Never rejects: the loss of the connection is logged elsewhere. */
  async #sendBatch(): Promise<boolean> {
    const client = await this.#connected().catch(() => undefined);
    if (!client) return false;
    if (this.#batches.length === 0) {
      const rows = this.#added.select();
      this.#added = this.#newRows();
      this.#batches = this.#batchesOf(rows);
    }
    const [batch] = this.#batches;
    if (!batch) return true;
    const { number, keys, figures } = batch;
    const commands = client.pipeline() as unknown as Commands; // see its type
    commands.set(sinceKey(this.#period), this.options.now(), 'NX');
    commands[this.#period.command](keys.length, ...keys, number, ...figures);
    const replies = await commands.exec().catch(() => null);
    // If only the reply was lost, the script finds at the next attempt that it has added this batch.
    if (!replies || replies.some(([error]) => error)) return false;
    this.#batches.shift();
    return true;
  }

  async #connected(): Promise<Redis> {
    const client = await this.options.connect();
    if (!this.#client) client.defineCommand(this.#period.command, { lua: addScript(this.#period) });
    return (this.#client = client);
  }

  #batchesOf(rows: readonly BookRow[]): Batch[] {
    const period = this.#period;
    const batches: Batch[] = [];
    const days = new Set(rows.map(({ day }) => day));
    for (const day of days) {
      const ofDay = rows.filter((row) => row.day === day);
      for (let at = 0; at < ofDay.length; at += MAX_BATCH_ROWS) {
        const some = ofDay.slice(at, at + MAX_BATCH_ROWS);
        batches.push({
          number: ++this.#batchNumber,
          keys: [
            ...[dayKey(period, day), sentKey(period, day, this.#instance), placeKey(period, day, OTHER)],
            ...some.map((row) => placeKey(period, day, placeOf(row))),
          ],
          figures: some.flatMap((row) => [placeOf(row), this.#nameOf(row), figuresText(row)]),
        });
      }
    }
    return batches;
  }

  #nameOf({ provider, model, rest }: BookRow): string {
    return rowName({
      provider,
      rest,
      model: model === undefined ? undefined : this.options.cleanName(model),
    });
  }
}

function figuresText({ sums }: BookRow): string {
  return Object.entries(storedFigures(sums))
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name}=${Math.min(value, Number.MAX_SAFE_INTEGER)}`)
    .join(' ');
}
