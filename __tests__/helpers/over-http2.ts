import http from 'node:http';
import type { Http2ServerResponse, Settings } from 'node:http2';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, type WireResponse } from './http';
import { startBundle, type RunningBundle } from './proxies';
import { TEST_CA_FILE, TEST_TLS } from './tls';

export const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' };
/** A chat that asks for a stream. */
export const STREAM = '{"model":"m","stream":true,"messages":[]}';

/** The built bundle before an upstream that offers HTTP/2, which it uses from the first stream on. */
export interface OverHttp2 {
  readonly upstream: FakeUpstream;
  readonly proxy: RunningBundle;
  readonly chat: (body?: string, headers?: http.OutgoingHttpHeaders) => Promise<WireResponse>;
  /** The protocol of each request at the upstream. */
  readonly protocols: () => string[];
  stop(): Promise<void>;
}

/** The built bundle, which streams over HTTP/2 from the first stream on. */
export function startStreamingOverHttp2(
  upstream: { readonly origin: string },
  environment: Record<string, string>,
): Promise<RunningBundle> {
  return startBundle({
    OPENAI_UPSTREAM: upstream.origin,
    NODE_EXTRA_CA_CERTS: TEST_CA_FILE,
    HTTP2_AFTER: '0',
    ...environment,
  });
}

/** Starts one in a test, and stops it behind that. */
export function overHttp2PerTest(): typeof startOverHttp2 {
  let over: OverHttp2;
  afterEach(() => over.stop());
  return async (...options) => (over = await startOverHttp2(...options));
}

/** @param settings the upstream's, or that it offers HTTP/1.1 alone */
async function startOverHttp2(
  environment: Record<string, string> = {},
  settings: Settings | 'HTTP/1.1' = {},
): Promise<OverHttp2> {
  const upstream = await startFakeUpstream({
    ...TEST_TLS,
    ...(settings === 'HTTP/1.1' ? {} : { http2: settings }),
  });
  const proxy = await startStreamingOverHttp2(upstream, environment);
  return {
    upstream,
    proxy,
    chat: (body = STREAM, headers = OPENAI_HEADERS) =>
      send(proxy.url, '/v1/chat/completions', { headers, body }),
    protocols: () => upstream.seen.map(({ headers }) => (':path' in headers ? 'h2' : '1.1')),
    async stop() {
      await proxy.stop();
      await upstream.close();
    },
  };
}

/** A stream that its client holds open, from its first byte on. */
export interface OpenStream {
  readonly response: http.IncomingMessage;
  /** What has come so far. */
  readonly text: () => string;
  /** Resolves with whether it arrived complete. */
  readonly closed: Promise<boolean>;
  leave(): void;
}

export function openStream(proxy: RunningBundle): Promise<OpenStream> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: false, headers: OPENAI_HEADERS };
    const request = http.request(`${proxy.url}/v1/chat/completions`, options, (response) => {
      let text = '';
      const closed = new Promise<boolean>((over) => response.on('close', () => over(response.complete)));
      const stream = { response, text: () => text, closed, leave: () => void request.destroy() };
      response.on('error', () => undefined).on('data', (chunk) => (text += String(chunk)));
      response.once('data', () => resolve(stream));
    });
    request.on('error', reject).end(STREAM);
  });
}

/** A response that is one of HTTP/2, with what both kinds have. */
export type HeldResponse = http.ServerResponse & Pick<Http2ServerResponse, 'stream'>;

/** Streams of the upstream, each of which continues on request. */
export function holdStreams(upstream: FakeUpstream): HeldResponse[] {
  const held: HeldResponse[] = [];
  upstream.respond((_request, response) => {
    response.writeHead(200, EVENT_STREAM).write('data: 1\n\n');
    held.push(response as HeldResponse);
  });
  return held;
}
