import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { UPSTREAM_CA, UPSTREAM_TLS } from '../bench/rig/upstream';

const CUT = 'cut';
const EVENT = 'event: ping\ndata: {"type":"ping"}\n\n';

export interface Http2Upstream {
  /** The environment of a proxy that streams from it over HTTP/2. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

/** A provider that speaks HTTP/2; a stream of the model `cut` is interrupted by the end of its connection. */
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
 * Streams through a proxy whose upstream speaks HTTP/2: a stream that ends is complete, and an interrupted one is not.
 * How a version of Node reports the difference is not documented.
 * @throws Error with what went wrong
 */
export async function checkHttp2(base: string): Promise<void> {
  const whole = await stream(base, 'm');
  if (whole.text !== EVENT + EVENT || !whole.complete)
    throw new Error('a stream over HTTP/2 arrived changed');
  const cut = await stream(base, CUT);
  if (!cut.text.startsWith(EVENT)) throw new Error('a stream over HTTP/2 lost its beginning');
  if (cut.complete || !cut.text.includes('event: error'))
    throw new Error('an interrupted stream over HTTP/2 appears complete');
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
