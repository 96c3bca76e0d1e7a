import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CHAT_ANSWER, STREAM_END, streamEvent } from './lib/messages';

/** This key has always had too many requests. */
const LIMITED_KEY = 'sk-bench-limited-0123456789abcdef';
const LIMITED = `Bearer ${LIMITED_KEY}`;
/** The keys of the pool. */
export const KEYS = ['sk-bench-first-0123456789abcdef', 'sk-bench-second-0123456789abcdef', LIMITED_KEY];

/** Told by the model's name, which is followed by any number. */
export type Behaviour = 'plain' | 'stream' | 'failing' | 'refusing' | 'endless' | 'mute' | 'cut';

const CHUNKS = 5;
const EVENT = streamEvent(0);
const RETRY_AFTER_MS = '5'; // so that the key is soon asked again

export interface LeaksUpstream {
  readonly origin: string;
  /** How often the limited key was asked, so that the proxy went on with another. */
  limited(): number;
  /** Closes the connections that wait for a request, so that what the proxy still holds is no keep-alive. */
  closeIdle(): void;
  stop(): void;
}

/** A provider that answers in every way that a proxy has to clean up after. */
export async function startLeaksUpstream(): Promise<LeaksUpstream> {
  let limited = 0;
  const server = http.createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('error', () => undefined);
    if (request.headers.authorization === LIMITED) limited++;
    request.on('end', () => answer(request, Buffer.concat(parts).toString('latin1', 0, 60), response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 4_096, resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    limited: () => limited,
    closeIdle: () => server.closeIdleConnections(),
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, start: string, response: ServerResponse): void {
  if (request.headers.authorization === LIMITED) {
    response.setHeader('retry-after-ms', RETRY_AFTER_MS);
    json(response, 429, '{"error":{"message":"Rate limit reached.","code":"rate_limit_exceeded"}}');
    return;
  }
  const behaviour = (/"leaks-([a-z]+)-/.exec(start)?.[1] ?? 'plain') as Behaviour;
  switch (behaviour) {
    case 'plain':
      json(response, 200, CHAT_ANSWER);
      return;
    case 'failing':
      json(response, 500, '{"error":{"message":"The server had an error."}}');
      return;
    case 'refusing':
      json(response, 400, '{"error":{"message":"Unsupported value."}}');
      return;
    case 'mute':
      return; // until the caller leaves
    case 'stream':
      begin(response);
      for (let sent = 0; sent < CHUNKS; sent++) response.write(EVENT);
      response.end(STREAM_END);
      return;
    case 'endless':
      begin(response);
      response.write(EVENT);
      return;
    case 'cut':
      begin(response);
      response.write(EVENT, () => response.destroy());
      return;
  }
}

function begin(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
