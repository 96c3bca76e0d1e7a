import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FrontOptions {
  /** Headers that are added to each request, as a platform does. */
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Headers that are added to each response. */
  readonly responseHeaders?: Readonly<Record<string, string>>;
  /** Buffers responses completely, or until that many bytes have arrived. */
  readonly buffer?: 'whole' | number;
  /** Cuts responses off after that many ms. */
  readonly cutAfterMs?: number;
  /** Larger bodies get 413, or are cut off without a response. */
  readonly maxBodyBytes?: number;
  readonly tooLarge?: 413 | 'cut';
}

export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** Something between a client and a proxy, on loopback, with the habits that such things have. */
export async function startFront(target: string, options: FrontOptions = {}): Promise<Front> {
  const server = http.createServer((request, response) => {
    const { maxBodyBytes = Infinity, tooLarge = 413 } = options;
    if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) {
      if (tooLarge === 'cut') request.socket.resetAndDestroy();
      else response.writeHead(413, { connection: 'close' }).end('<html>Request Entity Too Large</html>');
      request.resume();
      return;
    }
    const outgoing = http.request(target + (request.url ?? '/'), {
      method: request.method,
      headers: { ...request.headers, ...options.requestHeaders },
      agent: false,
    });
    outgoing.on('error', () => response.destroy());
    outgoing.on('response', (upstreamResponse) => passOn(upstreamResponse, response, options));
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function passOn(upstreamResponse: IncomingMessage, response: ServerResponse, options: FrontOptions): void {
  const limit = options.buffer === 'whole' ? Infinity : (options.buffer ?? 0);
  const headers = [...upstreamResponse.rawHeaders, ...Object.entries(options.responseHeaders ?? {}).flat()];
  response.writeHead(upstreamResponse.statusCode ?? 502, headers);
  if (limit === 0) response.flushHeaders();
  let held = Buffer.alloc(0);
  upstreamResponse.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    if (held.length < limit) return;
    response.write(held);
    held = Buffer.alloc(0);
  });
  upstreamResponse.on('end', () => response.end(held));
  upstreamResponse.on('error', () => response.destroy());
  if (options.cutAfterMs !== undefined) setTimeout(() => response.destroy(), options.cutAfterMs).unref();
}
