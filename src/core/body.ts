import type { IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { ProxyError } from '../errors';
import type { Exchange } from './exchange';
import type { Framing } from './headers';

/**
 * Up to this size a body that streams through is also kept, so that the request can be sent again when a socket
 * turns out to be dead. Buffers are kept, not copied.
 */
export const MAX_KEPT_BYTES = 256 * 1024;

/** A request body on its way upstream; it can be sent again as long as `replayable` holds. */
export interface OutboundBody {
  readonly framing: Framing;
  readonly replayable: boolean;
  /** Whether it cannot be sent again, so that it must not meet a kept socket that the other side has closed. */
  readonly needsFreshSocket: boolean;
  /**
   * Sends the body from its beginning to `upstream`, and ends that; destroys it with `too-busy` if what was kept of the
   * body had to be dropped meanwhile.
   */
  sendTo(upstream: Writable): void;
  /** It is not sent again: what was kept for that is let go. */
  letGo(): void;
}

export const NO_BODY: OutboundBody = {
  framing: 'none',
  replayable: true,
  needsFreshSocket: false,
  sendTo: (upstream) => upstream.end(),
  letGo: () => undefined,
};

/** How the inbound body is delimited; 'none' where there is none (RFC 9112 §6.3). */
export function inboundFraming(request: IncomingMessage): Framing {
  if (request.headers['transfer-encoding'] !== undefined) return 'chunked';
  const length = request.headers['content-length'];
  if (length !== undefined) return { contentLength: Number(length) };
  // Node writes `Transfer-Encoding: chunked` for these where nothing is said, and some servers want a length.
  return /^(?:POST|PUT|PATCH)$/.test(request.method ?? '') ? { contentLength: 0 } : 'none';
}

/** @throws ProxyError `body-too-large` where the declared length alone says so */
export function refuseTooLarge(framing: Framing, maxBytes: number): void {
  if (typeof framing === 'object' && framing.contentLength > maxBytes) throw new ProxyError('body-too-large');
}

/** A client that waits for leave to send its body (curl does from 1 MB on) gets it only once the body is wanted. */
export function askForBody(exchange: Exchange): void {
  if (/^100-continue$/i.test(exchange.request.headers.expect ?? '')) exchange.response.writeContinue();
}
