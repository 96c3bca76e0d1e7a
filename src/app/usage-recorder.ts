import type { Book } from '../books/book';
import type { BookFilter } from '../books/book-rows';
import type { EndedRequest } from '../books/ended-request';
import type { UsageRecords } from '../books/usage-records';
import type { OwnPrices } from '../prices/price-of';
import { ProxyError } from '../errors/proxy-error';
import type { Exchange } from '../proxy/exchange/exchange';
import type { HourRecords } from '../pages/console/overview';
import type { RecentRequest, RecentRequests } from '../pages/console/recent-requests';
import type { Sharing } from '../redis/shared-state';
import { loggablePath } from '../proxy/routing/known-paths';
import { loggedStatus, outcomeOf } from '../proxy/exchange/outcome';
import { oneLine, tokensPerSecond } from './access-log';

const FIRST_ERROR_STATUS = 400;

/** Requests that wait at most for one that has used something: they cost as much as loading the prices does. */
const MAX_WAITING = 100;

/** A request that is not entered yet, and the same in the list. */
interface Waiting {
  readonly ended: EndedRequest;
  readonly listed: RecentRequest | undefined;
}

/**
 * Enters requests into the book of this instance, and into the sums of all instances if they share a Redis. The book and the
 * prices are loaded after the first response that has used something, so that no start waits for them.
 */
export class UsageRecorder {
  readonly #sinceMs: number;
  #waiting: Waiting[] = [];
  #book: Book | undefined;
  #opening: Promise<Book> | undefined;
  /** For the console; `undefined` if there is none. */
  #recent: RecentRequests | undefined;
  #hoursSinceMs = 0;

  /**
   * @param now the wall clock, in ms
   * @param shared has the sums of all instances; `undefined` if this one shares nothing
   */
  constructor(
    private readonly ownPrices: OwnPrices | undefined,
    private readonly now: () => number,
    private readonly shared: () => Pick<Sharing, 'use' | 'hours'> | undefined,
  ) {
    this.#sinceMs = now();
  }

  /** From now on keeps what the console shows: a list of requests, and what each hour has used. */
  keepForConsole(list: RecentRequests): void {
    this.#recent = list;
    this.#hoursSinceMs = this.#book ? this.now() : this.#sinceMs;
    this.#book?.keepHours();
  }

  /** The last requests; `undefined` if they are not kept. */
  get recent(): RecentRequests | undefined {
    return this.#recent;
  }

  /** What each hour of the last day has used. */
  async hours(): Promise<HourRecords> {
    const book = await this.#open();
    try {
      const found = await this.shared()?.hours.read({});
      if (found) return { scope: found.scope, sinceMs: found.sinceMs, rows: found.rows() };
    } catch {
      // The loss of Redis is logged already.
    }
    return { scope: book.scope, sinceMs: this.#hoursSinceMs, rows: book.hours() };
  }

  /** What this instance has used. */
  book(): Promise<Book> {
    return this.#open();
  }

  /** Enters a request that has ended, unless it was for a page of the proxy, or its client was not authenticated. */
  record(exchange: Exchange): void {
    const { record, failure, response, provider } = exchange;
    const { metering, attempts, tokenName, charge } = record;
    if (record.isOwnResponse || (!metering && attempts === 0 && tokenName === undefined)) return;
    const ended: EndedRequest = {
      atMs: this.now(),
      token: tokenName,
      provider: provider.name,
      model: record.model,
      metering,
      knownNanoUsd: charge?.kind === 'known' ? charge.nanoUsd : undefined,
      isError: failure instanceof ProxyError || record.streamFailed || response.statusCode >= 400,
      firstTokenMs: this.#recent && record.isStream === true ? record.firstBodyByteMs : undefined,
    };
    const listed = this.#recent && listRequest(exchange, ended, this.#recent);
    if (this.#book) {
      this.#enter(this.#book, ended, listed);
      return;
    }
    this.#waiting.push({ ended, listed });
    // An instance that ends takes with it what is not in Redis.
    if (metering || this.shared() || this.#waiting.length >= MAX_WAITING) void this.#open();
  }

  /** What all instances have used, if they share a Redis and it responds; otherwise what this one has. */
  async records(filter: BookFilter): Promise<UsageRecords> {
    const book = await this.#open();
    const shared = this.shared();
    if (!shared) return book;
    const { pricesNote } = book;
    try {
      return { ...(await shared.use.read(filter)), pricesNote };
    } catch {
      const { scope, sinceMs } = book; // the loss of Redis is logged already
      return {
        ...{ scope, sinceMs, pricesNote, note: `Redis does not respond. ${book.note}` },
        rows: (rows) => book.rows(rows),
      };
    }
  }

  /** Resolves once every request that has ended is entered. */
  async settled(): Promise<void> {
    await this.#opening;
  }

  #open(): Promise<Book> {
    return (this.#opening ??= import('../books/book').then((loaded) => {
      const book = new loaded.Book(this.#sinceMs, this.ownPrices);
      if (this.#recent) book.keepHours();
      for (const { ended, listed } of this.#waiting.splice(0)) this.#enter(book, ended, listed);
      this.#book = book;
      return book;
    }));
  }

  #enter(book: Book, ended: EndedRequest, listed: RecentRequest | undefined): void {
    const nanoUsd = book.add(ended);
    if (listed) listed.nanoUsd = nanoUsd;
    const shared = this.shared();
    shared?.use.add(ended, nanoUsd);
    if (this.#recent) shared?.hours.add(ended, nanoUsd);
  }
}

/** Lists a request that has ended: one object, of what the log says as well. */
function listRequest(
  exchange: Exchange,
  { atMs, isError, firstTokenMs }: EndedRequest,
  list: RecentRequests,
): RecentRequest {
  const { record, failure, request } = exchange;
  const { model, metering } = record;
  const ms = exchange.durationMs;
  const named = list.nameOf(model ?? metering?.model, nameInList);
  const served = list.nameOf(metering?.model, nameInList);
  const status = loggedStatus(exchange);
  const listed: RecentRequest = {
    seq: 0,
    id: exchange.requestId,
    atMs,
    token: record.tokenName,
    method: request.method ?? '',
    path: loggablePath(exchange.path),
    provider: exchange.provider.name,
    model: named,
    modelServed: served === named ? undefined : served,
    isStream: record.isStream,
    status,
    outcome: outcomeOf(exchange),
    isError,
    failure: failure instanceof ProxyError ? failure.code : undefined,
    isWorthRepeating:
      failure instanceof ProxyError
        ? failure.isWorthRepeating
        : status < FIRST_ERROR_STATUS
          ? undefined
          : status === 408 || status === 409 || status === 429 || status >= 500,
    upstreamError: record.upstreamError,
    meter: metering?.class,
    usage: metering?.usage,
    nanoUsd: undefined,
    firstByteMs: record.firstByteMs,
    firstTokenMs,
    ms,
    tokensPerSecond: tokensPerSecond(record, ms),
    bytes: record.bytes,
    attempts: record.attempts,
    key: record.keyAlias,
    failedAttempts: record.failedAttempts,
  };
  list.add(listed);
  return listed;
}

const nameInList = (name: string) => oneLine(name) ?? '';
