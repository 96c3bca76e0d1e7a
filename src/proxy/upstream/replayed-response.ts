import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import type { UpstreamResponse } from './upstream-response';

/** A response that was read whole, as a stream once more. */
export class ReplayedResponse extends Readable implements UpstreamResponse {
  readonly statusCode: number | undefined;
  statusMessage: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly complete = true;

  constructor(
    head: Pick<UpstreamResponse, 'statusCode' | 'statusMessage' | 'headers' | 'rawHeaders'>,
    bytes: Buffer,
  ) {
    super({
      read() {
        if (bytes.length > 0) this.push(bytes);
        this.push(null);
      },
    });
    this.statusCode = head.statusCode;
    this.statusMessage = head.statusMessage;
    this.headers = head.headers;
    this.rawHeaders = head.rawHeaders;
  }
}
