import { monotonicMs } from '../../clock/monotonic';
import { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from './exchange';

/** How often a limit is checked before it expires, so that it is noticed at most a quarter late. */
export const CHECKS_PER_LIMIT = 4;

/** In ms; a `heartbeatAfterMs` of 0 is never. */
export interface TimeLimits {
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly heartbeatAfterMs: number;
}

/**
 * Watches one exchange's time limits, without a timer of its own and without touching a chunk: `check`
 * compares byte counters that are kept anyway. Ends the exchange with `request-timeout`,
 * `upstream-timeout`, `function-deadline`, `idle-timeout`.
 */
export class Timeouts {
  /** Counts what the upstream has sent; `undefined` while the head of its response is awaited. */
  #upstreamBytes: (() => number) | undefined;
  #bytes = 0;
  #changedAtMs: number;
  /** Sends something to the client while the upstream is silent. */
  #heartbeat: (() => void) | undefined;
  #heartbeatAtMs = 0;
  #headersByMs: number;
  /** Whether the message that a WebSocket's client is to send has begun; `undefined` while none is awaited. */
  #hasBegun: (() => boolean) | undefined;
  /** When it must have come; `undefined` until it begins. */
  #messageByMs: number | undefined;
  readonly #deadlineMs: number;

  constructor(
    private readonly exchange: Exchange,
    private readonly limits: TimeLimits,
    functionLimitMs: number | undefined,
  ) {
    this.#changedAtMs = exchange.startedAtMs;
    this.#headersByMs = exchange.startedAtMs + limits.timeoutMs;
    this.#deadlineMs = functionLimitMs === undefined ? Infinity : exchange.startedAtMs + functionLimitMs;
    exchange.timeouts = this;
  }

  /**
   * From here on the response streams: silence counts, the limit for its head no longer does.
   * @param heartbeat called after each `HEARTBEAT_AFTER` of silence; what it sends does not end the silence
   */
  streaming(upstreamBytes: () => number, heartbeat?: () => void): void {
    this.#upstreamBytes = upstreamBytes;
    this.#bytes = upstreamBytes();
    this.#changedAtMs = monotonicMs();
    if (this.limits.heartbeatAfterMs > 0) this.#heartbeat = heartbeat;
  }

  /**
   * From here on a message of a WebSocket's client is awaited: for as long as a stream may be silent, and once it has begun,
   * for as long as a request may take.
   */
  awaitMessage(hasBegun: () => boolean): void {
    this.#hasBegun = hasBegun;
    this.#changedAtMs = monotonicMs();
  }

  /** It has come. From here on the head of a response is awaited, as if the request had come now. */
  endMessage(): void {
    this.#hasBegun = undefined;
    this.#headersByMs = monotonicMs() + this.limits.timeoutMs;
  }

  /** What is left until the head of a response must have come, in ms. */
  get leftMs(): number {
    return Math.min(this.#headersByMs, this.#deadlineMs) - monotonicMs();
  }

  check(nowMs: number): void {
    if (this.exchange.response.closed) return;
    const expired = this.#expired(nowMs);
    if (expired) this.exchange.stop(expired);
    else this.#sendHeartbeat(nowMs);
  }

  #sendHeartbeat(nowMs: number): void {
    if (!this.#heartbeat) return;
    if (nowMs - Math.max(this.#changedAtMs, this.#heartbeatAtMs) < this.limits.heartbeatAfterMs) return;
    this.#heartbeatAtMs = nowMs;
    this.#heartbeat();
  }

  #expired(nowMs: number): ProxyError | undefined {
    if (nowMs >= this.#deadlineMs) return new ProxyError('function-deadline');
    const { request } = this.exchange;
    const silent = this.#silentFor(nowMs) >= this.limits.idleTimeoutMs;
    if (this.#hasBegun) {
      if (this.#hasBegun()) this.#messageByMs ??= nowMs + this.limits.timeoutMs;
      return silent || nowMs >= (this.#messageByMs ?? Infinity)
        ? new ProxyError('request-timeout')
        : undefined;
    }
    if (this.#upstreamBytes) {
      // A client that takes nothing for that long is as good as gone; the message does not matter.
      return silent ? new ProxyError('idle-timeout') : undefined;
    }
    const late = nowMs >= this.#headersByMs;
    if (!request.complete) return silent || late ? new ProxyError('request-timeout') : undefined;
    return late ? new ProxyError('upstream-timeout') : undefined;
  }

  #silentFor(nowMs: number): number {
    const bytes = this.#upstreamBytes?.() ?? this.exchange.request.socket.bytesRead;
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#changedAtMs = nowMs;
    }
    return nowMs - this.#changedAtMs;
  }
}

/**
 * The platform's own limit for this request, in ms, less a margin in which the proxy's own response can still be sent.
 * `X-Scf-Timeout` is documented without a unit; limits are 1 to 900 s, so a number up to 900 is seconds and a
 * number from 1000 on is milliseconds. Anything else is no limit.
 */
export function functionLimitMs(header: string | string[] | undefined): number | undefined {
  const value = typeof header === 'string' && /^\d{1,7}$/.test(header) ? Number(header) : 0;
  const limitMs = value >= 1 && value <= 900 ? value * 1_000 : value;
  if (limitMs < 1_000 || limitMs > 900_000) return undefined;
  return limitMs - Math.min(1_000, limitMs / 10);
}
