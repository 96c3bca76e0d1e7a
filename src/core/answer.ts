import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';

/** What an upstream answered: its head, and its body as it comes. Over HTTP/1.1 it is Node's own message. */
export interface UpstreamAnswer extends Readable {
  readonly statusCode?: number | undefined;
  readonly statusMessage?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  /** Whether the whole of the body has come; false where it ended otherwise. */
  readonly complete: boolean;
}
