import { readFileSync } from 'node:fs';
import http from 'node:http';
import http2, { type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { PassThrough, type Writable } from 'node:stream';
import {
  AUDIO,
  CLIENT_KEY_PREFIX,
  CHAT_RESPONSE,
  ONCE_REFUSED_HEADER,
  PLAN,
  sha256,
  STREAM_END,
  streamEvent,
  UNREAD_MODEL,
} from '../bench/rig/messages';
import { monotonicMs } from '../bench/rig/clock';
import { echoMessages } from './echo-messages';

/**
 * The fake provider: chats, streams, audio, uploads and WebSockets, as cheap as a Node server can be, over http and https on
 * loopback, and HTTP/2 for clients that negotiate it over https. The model's name, which every gateway passes on,
 * selects the response (`scripts/bench/rig/messages.ts`). Requests without its own kind of key get 401, as from the
 * real ones.
 */
const HEADERS: readonly string[] = [
  ...['Access-Control-Expose-Headers', 'X-Request-ID', 'OpenAI-Organization', 'org-bench'],
  ...['OpenAI-Processing-Ms', '312', 'OpenAI-Version', '2020-10-01'],
  ...['X-RateLimit-Limit-Requests', '10000', 'X-RateLimit-Remaining-Requests', '9999'],
  ...['X-RateLimit-Limit-Tokens', '2000000', 'X-RateLimit-Remaining-Tokens', '1999972'],
  ...['X-RateLimit-Reset-Requests', '6ms', 'X-RateLimit-Reset-Tokens', '0s'],
  ...['X-Request-ID', 'req_0123456789abcdef0123456789abcdef'],
  ...['Strict-Transport-Security', 'max-age=31536000; includeSubDomains; preload'],
  ...['CF-Cache-Status', 'DYNAMIC', 'X-Content-Type-Options', 'nosniff', 'Server', 'cloudflare'],
];

type Request = http.IncomingMessage | Http2ServerRequest;
type Response = http.ServerResponse | Http2ServerResponse;
type Handler = (req: Request, res: Response) => void;

const serve: Handler = (req, res) => {
  if (!req.headers.authorization?.startsWith(`Bearer ${CLIENT_KEY_PREFIX}`)) {
    req.resume();
    sendJson(res, '{"error":{"message":"Incorrect API key provided."}}', { status: 401 });
  } else if (isRefused(req)) {
    req.resume();
    sendJson(res, '{"error":{"message":"The server is not available.","type":"server_error"}}', {
      status: 503,
    });
  } else if (req.url?.endsWith('/audio/transcriptions')) hashUpload(req, res);
  else if (req.url?.endsWith('/audio/speech')) sendAudio(req, res);
  else respondToChat(req, res);
};

/** Numbers of requests that were refused once, and have not come again yet. */
const refused = new Set<unknown>();

function isRefused({ headers }: Request): boolean {
  const number = headers[ONCE_REFUSED_HEADER];
  if (number === undefined || refused.delete(number)) return false;
  refused.add(number);
  return true;
}

const respondToChat: Handler = (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    const at = body.indexOf('bench-');
    const model = at < 0 ? '' : body.toString('latin1', at, at + 60);
    const [, chunks, delayMs] = PLAN.exec(model) ?? [];
    if (chunks === undefined)
      sendJson(res, CHAT_RESPONSE, model.startsWith(UNREAD_MODEL) ? { type: 'text/plain' } : {});
    else stream(res, Number(chunks), delayMs === 'silent' ? undefined : Number(delayMs));
  });
};

function sendJson(
  res: Response,
  text: string,
  { status = 200, type = 'application/json' }: { readonly status?: number; readonly type?: string } = {},
): void {
  const length = String(Buffer.byteLength(text));
  begin(res, status, ['Content-Type', type, 'Content-Length', length]);
  res.end(text);
}

/** Without a length, HTTP/1.1 says that it is chunked; HTTP/2 does not need to. */
function begin(res: Response, status: number, headers: readonly string[]): void {
  const all = [...HEADERS, ...headers];
  if (isHttp2(res)) {
    const named: http2.OutgoingHttpHeaders = { ':status': status };
    for (let at = 0; at < all.length; at += 2) named[all[at]?.toLowerCase() ?? ''] = all[at + 1];
    res.stream.respond(named);
    return;
  }
  const chunked = headers.includes('Content-Length') ? [] : ['Transfer-Encoding', 'chunked'];
  res.writeHead(status, [...all, ...chunked]);
}

function isHttp2(res: Response): res is Http2ServerResponse {
  return 'stream' in res;
}

/** HTTP/1.1 is framed by hand and written to the socket: one system call per chunk, as in a fast native server. */
function writerOf(res: Response): { out: Writable; write: (text: string) => boolean } {
  if (isHttp2(res)) return { out: res.stream, write: (text) => res.stream.write(text) };
  res.flushHeaders();
  const out: Writable = res.socket ?? new PassThrough(); // without a socket the client has disconnected
  return {
    out,
    write: (text) => out.write(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1'),
  };
}

/** Without a delay, after the last chunk: silent until the client disconnects. */
function stream(res: Response, chunks: number, delayMs: number | undefined): void {
  begin(res, 200, ['Content-Type', 'text/event-stream; charset=utf-8']);
  const { out, write } = writerOf(res);
  let sent = 0;
  const next = () => {
    if (out.destroyed) return;
    if (sent === chunks) {
      if (delayMs === undefined) return;
      write(STREAM_END);
      res.end();
      return;
    }
    sent++;
    const flowing = write(streamEvent(monotonicMs()));
    if (!flowing) out.once('drain', next);
    else if (delayMs) setTimeout(next, delayMs);
    else setImmediate(next);
  };
  next();
}

const sendAudio: Handler = (req, res) => {
  req.resume();
  req.on('end', () => {
    begin(res, 200, ['Content-Type', 'audio/mpeg']);
    res.end(AUDIO);
  });
};

/** The hash of the file alone, because a gateway may serialise the form again. */
const hashUpload: Handler = (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const body = Buffer.concat(parts);
    const boundary = /boundary="?([^";]+)/.exec(req.headers['content-type'] ?? '')?.[1] ?? '';
    const start = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
    const file = body.subarray(start, body.indexOf(`\r\n--${boundary}`, start));
    sendJson(res, JSON.stringify({ sha256: sha256(file) }));
  });
};

const limits = { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0, noDelay: true };
http
  .createServer(limits, serve)
  .on('upgrade', echoMessages)
  .listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
const certificate = {
  key: readFileSync(process.env['TLS_KEY'] ?? ''),
  cert: readFileSync(process.env['TLS_CERT'] ?? ''),
};
http2
  .createSecureServer({ ...limits, ...certificate, allowHTTP1: true }, serve)
  .listen(Number(process.env['TLS_PORT']), '127.0.0.1', 4_096);
