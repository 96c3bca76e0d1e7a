import type { IncomingHttpHeaders } from 'node:http';
import { Transform, pipeline, type TransformCallback } from 'node:stream';
import type { UpstreamResponse } from './upstream-response';

/**
 * A response with a key masked in its body, wherever the body is split into chunks. The mask is as long as the key, so
 * that the length does not change. Only for error responses that are too long to be read whole, and for event streams that
 * begin with an error.
 */
export class MaskedResponse extends Transform implements UpstreamResponse {
  readonly statusCode: number | undefined;
  statusMessage: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly #upstream: UpstreamResponse;
  readonly #secret: Buffer;
  readonly #mask: Buffer;
  #held: Buffer = Buffer.alloc(0);

  constructor(upstream: UpstreamResponse, key: string) {
    super();
    this.#upstream = upstream;
    ({ statusCode: this.statusCode, statusMessage: this.statusMessage } = upstream);
    ({ headers: this.headers, rawHeaders: this.rawHeaders } = upstream);
    this.#secret = Buffer.from(key);
    this.#mask = Buffer.alloc(this.#secret.length, '*');
    pipeline(upstream, this, () => undefined); // an error on one side destroys the other, which reports it
  }

  get complete(): boolean {
    return this.#upstream.complete;
  }

  readonly close = (code: number): void => {
    this.#upstream.close?.(code);
  };

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const bytes = Buffer.concat([this.#held, chunk]);
    for (let at = bytes.indexOf(this.#secret); at !== -1; at = bytes.indexOf(this.#secret, at)) {
      this.#mask.copy(bytes, at);
    }
    const sent = bytes.length - this.#beginningAtEndOf(bytes);
    this.#held = bytes.subarray(sent);
    done(null, bytes.subarray(0, sent));
  }

  /** How many bytes at the end may be the beginning of the key. */
  #beginningAtEndOf(bytes: Buffer): number {
    let length = Math.min(bytes.length, this.#secret.length - 1);
    while (length > 0 && !bytes.subarray(-length).equals(this.#secret.subarray(0, length))) length--;
    return length;
  }

  override _flush(done: TransformCallback): void {
    done(null, this.#held);
  }
}
