import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import { text } from 'node:stream/consumers';
import { monotonicMs } from '../bench/rig/clock';
import { CHAT_RESPONSE, PLAN, STREAM_END, streamEvent } from '../bench/rig/messages';

/** A provider that speaks HTTP/2 and HTTP/1.1 over TLS on one port, as the real ones do. */
const server = http2.createSecureServer(
  {
    allowHTTP1: true,
    key: readFileSync(process.env['TLS_KEY'] ?? ''),
    cert: readFileSync(process.env['TLS_CERT'] ?? ''),
    settings: { maxConcurrentStreams: 1_000 },
  },
  (request, response) => {
    void text(request).then((body) => {
      const [, chunks, delayMs] = PLAN.exec(body) ?? [];
      if (chunks === undefined)
        response.writeHead(200, { 'content-type': 'application/json' }).end(CHAT_RESPONSE);
      else stream(response, Number(chunks), Number(delayMs));
    });
  },
);

/** Each chunk after half to one and a half of the delay, so that streams do not send at the same instant. */
function stream(response: http2.Http2ServerResponse, chunks: number, delayMs: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let left = chunks;
  const next = () => {
    if (response.destroyed) return;
    if (left-- === 0) {
      response.end(STREAM_END);
      return;
    }
    response.write(streamEvent(monotonicMs()));
    setTimeout(next, delayMs * (0.5 + Math.random()));
  };
  setTimeout(next, delayMs * Math.random());
}

server.listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
