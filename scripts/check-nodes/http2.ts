import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { UPSTREAM_CA, UPSTREAM_TLS } from '../bench/rig/upstream';

const CUT = 'cut';
const EVENT = 'event: ping\ndata: {"type":"ping"}\n\n';

export interface Http2Upstream {
  /** What a proxy is started with to stream from it over HTTP/2. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** A provider that speaks HTTP/2; a stream of the model `cut` is broken off by its connection's end. */
export async function startHttp2Upstream(): Promise<Http2Upstream> {
  const server = http2.createSecureServer({
    key: readFileSync(UPSTREAM_TLS.TLS_KEY),
    cert: readFileSync(UPSTREAM_TLS.TLS_CERT),
  });
  server.on('stream', (stream) => {
    let body = '';
    stream.setEncoding('utf8').on('data', (chunk) => (body += String(chunk)));
    stream
      .on('error', () => undefined)
      .on('end', () => {
        stream.respond({ ':status': 200, 'content-type': 'text/event-stream' });
        stream.write(EVENT);
        if (body.includes(CUT)) setTimeout(() => stream.session?.destroy(), 50);
        else stream.end(EVENT);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      ANTHROPIC_UPSTREAM: `https://localhost:${port}`,
      NODE_EXTRA_CA_CERTS: UPSTREAM_CA,
      HTTP2_AFTER: '0',
    },
    close: () => void server.close(),
  };
}

/**
 * Streams through a proxy whose upstream speaks HTTP/2: what ends is complete, and what breaks off is not. How a Node tells
 * the one from the other is nowhere written down.
 * @throws Error with what went wrong
 */
export async function checkHttp2(base: string): Promise<void> {
  const whole = await stream(base, 'm');
  if (whole.text !== EVENT + EVENT || !whole.complete)
    throw new Error('a stream over HTTP/2 came out different');
  const cut = await stream(base, CUT);
  if (!cut.text.startsWith(EVENT)) throw new Error('a stream over HTTP/2 lost its beginning');
  if (cut.complete || !cut.text.includes('event: error'))
    throw new Error('a cut stream over HTTP/2 looks complete');
}

function stream(base: string, model: string): Promise<{ readonly text: string; readonly complete: boolean }> {
  return new Promise((resolve, reject) => {
    const headers = { 'x-api-key': 'any', 'content-type': 'application/json' };
    const request = http.request(`${base}/v1/messages`, { method: 'POST', headers, agent: false });
    request.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => (text += String(chunk)));
      response.on('error', () => undefined).on('close', () => resolve({ text, complete: response.complete }));
    });
    request.on('error', reject).end(JSON.stringify({ model, stream: true, max_tokens: 1, messages: [] }));
  });
}
