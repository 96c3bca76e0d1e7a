import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { ProxyError } from '../../errors/proxy-error';

/** An upstream's response: its head, and its body as it is received. */
export interface UpstreamResponse extends Readable {
  readonly statusCode?: number | undefined;
  /** Emptied if it contains the server's key. */
  statusMessage?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Whether the whole body was received; `false` if it ended otherwise. */
  readonly complete: boolean;
  /** The connection, of a response with which it changes its protocol. */
  readonly socket?: Socket | undefined;
  /** Over HTTP/2, where the connection stays open: resets the stream with an error code. */
  readonly close?: (code: number) => void;
}

/** There is no response, and the upstream has not begun to process the request: it can be sent again. */
export class NotProcessed extends ProxyError {
  constructor(cause: unknown) {
    super('upstream-reset', { cause });
  }
}

/** RFC 9113 §7: the rest is not needed. */
const CANCEL = 0x8;

/** Closes a response that was not read to its end. */
export function abandon(response: Pick<UpstreamResponse, 'close'> & { destroy(): unknown }): void {
  response.close?.(CANCEL);
  response.destroy();
}
