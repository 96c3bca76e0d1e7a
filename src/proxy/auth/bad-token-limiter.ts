import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { AcceptedPairs } from './accepted-pairs';
import { clientNetwork } from './client-address';

/** Invalid tokens from one network before it has to wait, and how long they count. */
export const WRONG_TOKENS_ALLOWED = 10;
const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Networks that are counted at once; above that the oldest is dropped, so that guesses cannot fill the memory. */
const MAX_NETWORKS = 4_096;

/** Makes a limiter that instances share; `undefined` if they share nothing. */
export type MakeLimiter = (options: {
  points: number;
  duration: number;
  keyPrefix: string;
}) => Promise<RateLimiterAbstract> | undefined;

export interface BadTokenLimiterOptions {
  readonly makeLimiter: MakeLimiter;
  /** A secret that instances with a shared limiter have in common; `undefined` if they share nothing. */
  readonly secret: string | undefined;
  readonly onScf: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Invalid tokens of one network. */
interface Guesses {
  count: number;
  /** When they stop counting. */
  readonly untilMs: number;
  /** When the network may try again; 0 if it does not have to wait. */
  throttledUntilMs: number;
}

/**
 * Throttles guessing of tokens. A network with too many invalid ones has to wait, and so does a valid token that comes
 * from there for the first time: otherwise an attacker could recognise a correct guess. Tokens that were accepted from
 * there before are not affected.
 *
 * Counted in this instance and synchronously, so that concurrent guesses all count. A limiter that instances share is
 * consulted as well, but only for invalid tokens: an instance gets its state with the first invalid one it receives.
 */
export class BadTokenLimiter {
  /** Networks are stored, and shared, only as hashes under this key. */
  readonly #key: Buffer;
  /** By hashed network, in the order of their first invalid token. */
  readonly #guesses = new Map<string, Guesses>();
  readonly #accepted = new AcceptedPairs();
  /** The latest time until which any network has to wait; 0 if none has to, which is the usual case. */
  #throttledUntilMs = 0;
  #limiter: Promise<RateLimiterAbstract> | undefined;

  constructor(private readonly options: BadTokenLimiterOptions) {
    const { secret } = options;
    this.#key =
      secret === undefined ? randomBytes(32) : createHmac('sha256', 'throttle').update(secret).digest();
  }

  /** Whether a valid token is accepted from the client's network; if so, it stays accepted from there. */
  accepts(request: IncomingMessage, tokenName: string): boolean {
    const network = clientNetwork(request, this.options.onScf);
    if (this.#accepted.isRecent(network, tokenName)) return true;
    const pair = this.#hash(`${tokenName}\0${network}`);
    if (!this.#accepted.has(pair) && this.#anyThrottled() && this.#waitMs(this.#hash(network)) !== undefined)
      return false;
    this.#accepted.add(pair, network, tokenName);
    return true;
  }

  /** Counts an invalid token. @returns ms to wait if there were too many, else `undefined` */
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
    } catch (rejected) {
      // An `Error` means that it cannot be reached: then each instance counts on its own.
      return typeof rejected === 'object' && rejected !== null && 'msBeforeNext' in rejected
        ? this.#adopt(network, Number(rejected.msBeforeNext))
        : undefined;
    }
  }

  /** A network has guessed too often across all instances. That can only add to the wait, by one window at most. */
  #adopt(network: string, reportedMs: number): number | undefined {
    if (!(reportedMs > 0)) return undefined;
    const nowMs = this.options.now();
    const waitMs = Math.min(reportedMs, WINDOW_MS);
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

  /** How long a network still has to wait; `undefined` if it does not. */
  #waitMs(network: string): number | undefined {
    const waitMs = (this.#guesses.get(network)?.throttledUntilMs ?? 0) - this.options.now();
    return waitMs > 0 ? waitMs : undefined;
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
