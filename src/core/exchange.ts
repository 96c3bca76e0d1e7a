import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallerLeft, type ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import type { RawHeaders } from './headers';

/**
 * One request of a caller on its way through the proxy: both of the caller's streams, what is known of the request
 * by now, and the one way to stop whatever is under way for it.
 */
export class Exchange {
  readonly startedAtMs: number;
  /** Set as soon as it is known; errors before that are told in the default provider's shape. */
  provider: Provider;
  /** The path as it is relayed, less stage and provider; '' until it is known. Never logged as it stands. */
  path = '';
  /** Headers of ours for every answer to this caller. */
  cors: RawHeaders = [];
  /** When the first byte of the answer went out, in ms since the request came; undefined while none has. */
  firstByteMs: number | undefined;
  /** Bytes of the answer's body that were sent. */
  bytes = 0;
  /** Times the request was sent upstream. */
  attempts = 0;
  /** The name of the access token that let the caller in. */
  tokenName: string | undefined;
  /** The pool's key that it was last sent with, as the log may call it. */
  keyAlias: string | undefined;
  /** The failure that ended it, if one did. */
  failure: ProxyError | CallerLeft | undefined;

  #stop: ((reason: ProxyError | CallerLeft) => void) | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    defaultProvider: Provider,
  ) {
    this.startedAtMs = performance.now();
    this.provider = defaultProvider;
    response.on('close', () => {
      // Not `writableFinished`: under serverless-http it is still false when a complete answer closes.
      if (!response.writableEnded)
        this.stop(new CallerLeft('the caller left before the answer was complete'));
    });
  }

  elapsedMs(): number {
    return performance.now() - this.startedAtMs;
  }

  /** Says how to stop what is under way from now on; it replaces what was said before. */
  onStop(stop: (reason: ProxyError | CallerLeft) => void): void {
    this.#stop = stop;
    if (this.failure) stop(this.failure);
  }

  /** Stops what is under way. The first reason stands. */
  stop(reason: ProxyError | CallerLeft): void {
    if (this.failure) return;
    this.failure = reason;
    this.#stop?.(reason);
  }
}
