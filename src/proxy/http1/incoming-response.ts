import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { headersFrom } from './headers-from';
import type { ResponseHead } from './response-head';

/** The connection, as a response sees it. */
export interface ResponseSource {
  /** The response's reader can take more. */
  resume(): void;
  /** Nobody reads the rest of the response. */
  abandon(): void;
}

/** A response over HTTP/1.1, as it is received. */
export class IncomingResponse extends Readable {
  readonly statusCode: number;
  statusMessage: string;
  readonly rawHeaders: readonly string[];
  complete = false;
  #source: ResponseSource | undefined;
  #headers: IncomingHttpHeaders | undefined;

  /** @param socket of a response with which the connection changes its protocol: it belongs to the response's reader */
  constructor(
    { status, reason, rawHeaders }: ResponseHead,
    source: ResponseSource | undefined,
    readonly socket: Socket | undefined,
  ) {
    super();
    this.statusCode = status;
    this.statusMessage = reason;
    this.rawHeaders = rawHeaders;
    this.#source = source;
  }

  /** As Node has them; made when they are first read, which for most responses is never. */
  get headers(): IncomingHttpHeaders {
    return (this.#headers ??= headersFrom(this.rawHeaders));
  }

  /** All of it was received. */
  finish(): void {
    this.complete = true;
    this.#source = undefined;
    this.push(null);
  }

  override _read(): void {
    this.#source?.resume();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const source = this.#source;
    this.#source = undefined;
    source?.abandon();
    // Without a listener it would end the process.
    callback(this.listenerCount('error') > 0 ? error : null);
  }
}
