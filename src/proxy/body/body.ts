import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from '../exchange/exchange';
import type { Framing } from '../../http/filter-headers';

/**
 * Up to this size a body that streams through is also kept, so that the request can be sent again if the socket turns
 * out to be closed. Buffers are kept, not copied.
 */
export const MAX_KEPT_BYTES = 256 * 1024;

/** Where a body is sent: a part of what a stream can do. */
export interface BodySink {
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** Whether all of it was handed to the system. */
  readonly writableFinished: boolean;
  /** @returns false if no more should be written before `drain` */
  write(bytes: Buffer): boolean;
  end(bytes?: Buffer): unknown;
  destroy(error?: Error): unknown;
  on(event: 'drain' | 'finish' | 'close', listener: () => void): unknown;
}

/** A request body on its way upstream; it can be sent again as long as `replayable` is true. */
export interface OutboundBody {
  readonly framing: Framing;
  readonly replayable: boolean;
  /** Whether it cannot be sent again, so that it must not use an idle socket, which the upstream may have closed. */
  readonly needsFreshSocket: boolean;
  /**
   * Sends the body from its beginning to `upstream`, and ends `upstream`; destroys it with `too-busy` if the kept bytes
   * had to be dropped meanwhile.
   */
  sendTo(upstream: BodySink): void;
  /** The body is not sent again: releases what was kept for that. */
  release(): void;
}

/**
 * Ends an earlier attempt at which an upstream has responded before it had read all of the body: it would get no more of it,
 * and its socket must not write what is freed once the last attempt has sent it.
 */
export function endUnfinished(earlier: BodySink | undefined): void {
  if (earlier && !earlier.writableFinished) earlier.destroy();
}

export const NO_BODY: OutboundBody = {
  framing: 'none',
  replayable: true,
  needsFreshSocket: false,
  sendTo: (upstream) => upstream.end(),
  release: () => undefined,
};

/** How the inbound body is delimited; 'none' if there is no body (RFC 9112 §6.3). */
export function inboundFraming(request: IncomingMessage): Framing {
  if (request.headers['transfer-encoding'] !== undefined) return 'chunked';
  const length = request.headers['content-length'];
  if (length !== undefined) return { contentLength: Number(length) };
  // Node adds `Transfer-Encoding: chunked` to these if there is no framing header, and some servers require a length.
  return /^(?:POST|PUT|PATCH)$/.test(request.method ?? '') ? { contentLength: 0 } : 'none';
}

/** @throws ProxyError `body-too-large` if the declared length exceeds the limit */
export function refuseTooLarge(framing: Framing, maxBytes: number): void {
  if (typeof framing === 'object' && framing.contentLength > maxBytes) throw new ProxyError('body-too-large');
}

/** Sends `100 Continue` to a client that waits for it (curl does from 1 MB on), once the body is to be read. */
export function askForBody(exchange: Exchange): void {
  if (/^100-continue$/i.test(exchange.request.headers.expect ?? '')) exchange.response.writeContinue();
}
