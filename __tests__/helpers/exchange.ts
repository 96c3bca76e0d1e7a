import { once } from 'node:events';
import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http';
import { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { UpstreamResponse } from '../../src/proxy/upstream/upstream-response';
import { Exchange } from '../../src/proxy/exchange/exchange';
import { openai } from '../../src/providers/openai';

/** An exchange whose client is on no socket, for what neither reads the request nor writes the response. */
export function makeExchange(): Exchange {
  const request = new IncomingMessage(new Socket());
  return new Exchange(request, new ServerResponse(request), openai);
}

/** An upstream's response whose body a test writes; `finish()` completes it, `end()` or `destroy()` alone cut it short. */
export class WrittenResponse extends PassThrough implements UpstreamResponse {
  readonly statusMessage = '';
  readonly rawHeaders: readonly string[];
  readonly close = jest.fn();
  complete = false;

  constructor(
    readonly statusCode: number,
    readonly headers: IncomingHttpHeaders = {},
  ) {
    super();
    this.rawHeaders = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    this.on('error', () => undefined);
  }

  finish(bytes: Buffer | string = ''): this {
    this.complete = true;
    return this.end(bytes);
  }
}

/** Destroys a response, and resolves once its listeners have been called. */
export async function destroyed(response: WrittenResponse): Promise<void> {
  const closed = once(response, 'close');
  response.destroy();
  await closed;
}
