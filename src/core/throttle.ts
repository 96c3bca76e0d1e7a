import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible';

/** Wrong tokens from one address before it is told to wait, and for how long. */
export const WRONG_TOKENS_ALLOWED = 10;
const WINDOW_SECONDS = 60;

/** Makes the limiter; given by the entry, so that it may be one that instances share. */
export type MakeLimiter = (options: {
  points: number;
  duration: number;
  keyPrefix: string;
}) => Promise<RateLimiterAbstract>;

/**
 * Slows down who guesses tokens. Only wrong ones count and only they are refused: callers who share the address and
 * present a right one are not harmed.
 */
export class WrongTokenThrottle {
  /** Addresses are kept, and shared, as what nobody can read back. */
  readonly #key: Buffer;
  #limiter: Promise<RateLimiterAbstract> | undefined;

  /** @param secret what instances that share a limiter have in common; random where they share nothing */
  constructor(
    private readonly makeLimiter: MakeLimiter,
    secret: string | undefined,
  ) {
    this.#key =
      secret === undefined ? randomBytes(32) : createHmac('sha256', 'throttle').update(secret).digest();
  }

  /** Counts a wrong token. @returns ms to wait where there were too many, else undefined */
  async count(address: string): Promise<number | undefined> {
    this.#limiter ??= this.makeLimiter({
      points: WRONG_TOKENS_ALLOWED,
      duration: WINDOW_SECONDS,
      keyPrefix: 'scf-llm-proxy:wrong',
    });
    try {
      await (
        await this.#limiter
      ).consume(createHmac('sha256', this.#key).update(address).digest('base64url'));
      return undefined;
    } catch (refused) {
      return refused instanceof Error ? undefined : (refused as RateLimiterRes).msBeforeNext;
    }
  }
}

/**
 * The address that a request comes from. On SCF the platform says it in a header of its own; elsewhere a header would
 * be the caller's word, so the connection counts.
 */
export function callerAddress(request: IncomingMessage, onScf: boolean): string {
  const told = onScf ? (request.headers['x-scf-remote-addr'] ?? request.headers['x-real-ip']) : undefined;
  return typeof told === 'string' ? told : (request.socket.remoteAddress ?? '');
}
