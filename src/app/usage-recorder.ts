import type { Book } from '../books/book';
import type { EndedRequest } from '../books/ended-request';
import type { OwnPrices } from '../prices/price-of';
import { ProxyError } from '../errors/proxy-error';
import type { Exchange } from '../proxy/exchange/exchange';

/** Requests that wait at most for one that has used something: they cost as much as loading the prices does. */
const MAX_WAITING = 100;

/**
 * Enters requests into the book of this instance. The book and the prices are loaded after the first response that has
 * used something, so that no start waits for them.
 */
export class UsageRecorder {
  readonly #sinceMs: number;
  #waiting: EndedRequest[] = [];
  #book: Book | undefined;
  #opening: Promise<Book> | undefined;

  /** @param now the wall clock, in ms */
  constructor(
    private readonly ownPrices: OwnPrices | undefined,
    private readonly now: () => number,
  ) {
    this.#sinceMs = now();
  }

  /** Enters a request that has ended, unless it was for a page of the proxy, or its client was not authenticated. */
  record({ record, failure, response, provider }: Exchange): void {
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
    };
    if (this.#book) {
      this.#book.add(ended);
      return;
    }
    this.#waiting.push(ended);
    if (metering || this.#waiting.length >= MAX_WAITING) void this.book();
  }

  /** The book, with every request that has ended. */
  book(): Promise<Book> {
    return (this.#opening ??= import('../books/book').then((loaded) => {
      const book = new loaded.Book(this.#sinceMs, this.ownPrices);
      for (const ended of this.#waiting.splice(0)) book.add(ended);
      this.#book = book;
      return book;
    }));
  }
}
