import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { ProxyError } from '../errors';

/** What an upstream answered: its head, and its body as it comes. Over HTTP/1.1 it is Node's own message. */
export interface UpstreamAnswer extends Readable {
  readonly statusCode?: number | undefined;
  readonly statusMessage?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Whether the whole of the body has come; false where it ended otherwise. */
  readonly complete: boolean;
  /** Over HTTP/2, where the connection goes on: tells the provider why this stream does not. */
  readonly close?: (code: number) => void;
}

/** There is no answer, and the upstream has not begun to work on one: the request can be sent again. */
export class NotTaken extends ProxyError {
  constructor(cause: unknown) {
    super('upstream-reset', { cause });
  }
}

/** RFC 9113 §7: nobody wants the rest. */
const CANCEL = 0x8;

/** Gives an answer up, unread or in its midst. */
export function abandon(answer: Pick<UpstreamAnswer, 'close'> & { destroy(): unknown }): void {
  answer.close?.(CANCEL);
  answer.destroy();
}
