import type { IncomingMessage, ServerResponse } from 'node:http';
import { CallerLeft, type ProxyError } from '../errors';
import type { Dialect } from '../dialects/dialect';
import type { Provider } from '../providers/provider';
import { dialectOf } from './detect-provider';
import type { RawHeaders } from './headers';
import type { Watch } from './watch';

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
  ownHeaders: RawHeaders = [];
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
  /** The provider's own code of the error that it was answered with, or that came to light in its stream. */
  upstreamError: string | undefined;
  /** Whether the stream told of a failure of the provider's, though its bytes came whole. */
  streamFailed = false;
  /** Whose key it is sent with: `none` if its address is its own permission. */
  keyOwner: 'server' | 'client' | 'none' = 'none';
  /** Its time limits, once they count. */
  watch: Watch | undefined;
  /** Where it stands in the list of those that run. */
  place = -1;
  /** The failure that ended it, if one did. */
  failure: ProxyError | CallerLeft | undefined;

  #settled = false;
  #stop: ((reason: ProxyError | CallerLeft) => void) | undefined;

  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    defaultProvider: Provider,
    /** Whether the request is an upgrade whose socket is at hand; an answer of 101 then joins it to the upstream's. */
    readonly upgrades = false,
  ) {
    this.startedAtMs = performance.now();
    this.provider = defaultProvider;
    response.on('close', () => {
      // Not `writableFinished`: under serverless-http it is still false when a complete answer closes.
      if (!response.writableEnded && !this.#settled)
        this.stop(new CallerLeft('the caller left before the answer was complete'));
    });
  }

  get dialect(): Dialect {
    return dialectOf(this.provider, this.path);
  }

  elapsedMs(): number {
    return performance.now() - this.startedAtMs;
  }

  /** Says how to stop what is under way from now on; it replaces what was said before. */
  onStop(stop: (reason: ProxyError | CallerLeft) => void): void {
    this.#stop = stop;
    if (this.failure) stop(this.failure);
  }

  /** Says that it has come to its end as it should, so that the connection's closing means nothing more. */
  settle(): void {
    this.#settled = true;
  }

  /** Stops what is under way. The first reason stands. */
  stop(reason: ProxyError | CallerLeft): void {
    if (this.failure) return;
    this.failure = reason;
    this.#stop?.(reason);
  }
}
