import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { AcceptedPairs } from './accepted-pairs';
import { clientNetwork } from './client-address';

/** Wrong tokens from one network before it is told to wait, and for how long they count. */
export const WRONG_TOKENS_ALLOWED = 10;
const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Networks that are counted at once; past that the oldest is forgotten, so that guesses cannot fill the memory. */
const MAX_NETWORKS = 4_096;

/** Makes a limiter that instances share; `undefined` if they share nothing. */
export type MakeLimiter = (options: {
  points: number;
  duration: number;
  keyPrefix: string;
}) => Promise<RateLimiterAbstract> | undefined;

export interface ThrottleOptions {
  readonly makeLimiter: MakeLimiter;
  /** What instances that share a limiter have in common; `undefined` if they share nothing. */
  readonly secret: string | undefined;
  readonly onScf: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Wrong tokens of one network. */
interface Guesses {
  count: number;
  /** Until when they count. */
  readonly untilMs: number;
  /** Until when the network waits; 0 if it has not to. */
  throttledUntilMs: number;
}

/**
 * Slows down who guesses tokens. A network with too many wrong ones waits, and so does a right token that comes from
 * there for the first time: a guess must not be cheaper for being right. Tokens that were accepted from there before
 * are not harmed.
 *
 * Counted here and at once, so that guesses sent together are no cheaper. A limiter that instances share is asked as
 * well, but only about wrong tokens: an instance learns from it with the first wrong one that it sees itself.
 */
export class WrongTokenThrottle {
  /** Networks are kept, and shared, as what nobody can read back. */
  readonly #key: Buffer;
  /** By hashed network, in the order in which they began. */
  readonly #guesses = new Map<string, Guesses>();
  readonly #accepted = new AcceptedPairs();
  /** Until when any network waits; 0 if none does, which is the rule. */
  #throttledUntilMs = 0;
  #limiter: Promise<RateLimiterAbstract> | undefined;

  constructor(private readonly options: ThrottleOptions) {
    const { secret } = options;
    this.#key =
      secret === undefined ? randomBytes(32) : createHmac('sha256', 'throttle').update(secret).digest();
  }

  /** Whether a right token is taken from where it comes; if so, it will be from now on. */
  accepts(request: IncomingMessage, tokenName: string): boolean {
    const network = clientNetwork(request, this.options.onScf);
    if (this.#accepted.isRecent(network, tokenName)) return true;
    const pair = this.#hash(`${tokenName}\0${network}`);
    if (!this.#accepted.has(pair) && this.#anyThrottled() && this.#waitMs(this.#hash(network)) !== undefined)
      return false;
    this.#accepted.add(pair, network, tokenName);
    return true;
  }

  /** Counts a wrong token. @returns ms to wait if there were too many, else `undefined` */
  count(request: IncomingMessage): number | undefined | Promise<number | undefined> {
    const network = this.#hash(clientNetwork(request, this.options.onScf));
    const waitMs = this.#waitMs(network);
    if (waitMs !== undefined) return waitMs;
    const nowMs = this.options.now();
    const guesses = this.#guessesOf(network, nowMs);
    guesses.count++;
    if (guesses.count >= WRONG_TOKENS_ALLOWED) this.#throttle(guesses, guesses.untilMs);
    this.#limiter ??= this.options.makeLimiter({
      points: WRONG_TOKENS_ALLOWED,
      duration: WINDOW_SECONDS,
      keyPrefix: 'scf-llm-proxy:wrong',
    });
    return this.#limiter && this.#countShared(this.#limiter, network);
  }

  async #countShared(limiter: Promise<RateLimiterAbstract>, network: string): Promise<number | undefined> {
    try {
      const { remainingPoints, msBeforeNext } = await (await limiter).consume(network);
      if (remainingPoints <= 0) this.#adopt(network, msBeforeNext);
      return undefined;
    } catch (refused) {
      // An `Error` says that it cannot be reached: then each instance counts by itself.
      return typeof refused === 'object' && refused !== null && 'msBeforeNext' in refused
        ? this.#adopt(network, Number(refused.msBeforeNext))
        : undefined;
    }
  }

  /** A network has guessed too often at all instances together, which may only add to the wait, and no more than a window. */
  #adopt(network: string, toldMs: number): number | undefined {
    if (!(toldMs > 0)) return undefined;
    const nowMs = this.options.now();
    const waitMs = Math.min(toldMs, WINDOW_MS);
    this.#throttle(this.#guessesOf(network, nowMs), nowMs + waitMs);
    return waitMs;
  }

  #guessesOf(network: string, nowMs: number): Guesses {
    const known = this.#guesses.get(network);
    if (known && known.untilMs > nowMs) return known;
    this.#guesses.delete(network);
    for (const [oldest, { untilMs, throttledUntilMs }] of this.#guesses) {
      if (Math.max(untilMs, throttledUntilMs) > nowMs && this.#guesses.size < MAX_NETWORKS) break;
      this.#guesses.delete(oldest);
    }
    const guesses = { count: 0, untilMs: nowMs + WINDOW_MS, throttledUntilMs: 0 };
    this.#guesses.set(network, guesses);
    return guesses;
  }

  #throttle(guesses: Guesses, untilMs: number): void {
    guesses.throttledUntilMs = Math.max(guesses.throttledUntilMs, untilMs);
    this.#throttledUntilMs = Math.max(this.#throttledUntilMs, untilMs);
  }

  #anyThrottled(): boolean {
    if (this.#throttledUntilMs === 0) return false;
    if (this.options.now() < this.#throttledUntilMs) return true;
    this.#throttledUntilMs = 0;
    return false;
  }

  /** How long a network has still to wait; `undefined` if it has not. */
  #waitMs(network: string): number | undefined {
    const waitMs = (this.#guesses.get(network)?.throttledUntilMs ?? 0) - this.options.now();
    return waitMs > 0 ? waitMs : undefined;
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
