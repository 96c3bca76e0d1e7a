import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {
  AUDIO,
  CALLER_KEY_PREFIX,
  CHAT_ANSWER,
  PLAN,
  sha256,
  STREAM_END,
  streamEvent,
} from '../lib/messages';
import { monotonicMs } from '../lib/clock';

/**
 * The fake provider: chats, streams, audio and uploads, as cheap as a Node server can be, over http and https on
 * loopback. What to answer is asked for in the model's name (`lib/messages.ts`), which every gateway passes on.
 * It wants a key of its own, as the real ones do: what comes with another is answered 401.
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

type Answer = (req: http.IncomingMessage, res: http.ServerResponse) => void;

function serve(req: http.IncomingMessage, res: http.ServerResponse): void {
  if (!req.headers.authorization?.startsWith(`Bearer ${CALLER_KEY_PREFIX}`)) {
    req.resume();
    answerJson(res, '{"error":{"message":"Incorrect API key provided."}}', 401);
  } else if (req.url?.endsWith('/audio/transcriptions')) hashUpload(req, res);
  else if (req.url?.endsWith('/audio/speech')) answerAudio(req, res);
  else answerChat(req, res);
}

const answerChat: Answer = (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    const at = body.indexOf('bench-stream-');
    const [, chunks, delayMs] = at < 0 ? [] : (PLAN.exec(body.toString('latin1', at, at + 60)) ?? []);
    if (chunks === undefined) answerJson(res, CHAT_ANSWER);
    else stream(res, Number(chunks), delayMs === 'silent' ? undefined : Number(delayMs));
  });
};

function answerJson(res: http.ServerResponse, text: string, status = 200): void {
  const length = String(Buffer.byteLength(text));
  res.writeHead(status, [...HEADERS, 'Content-Type', 'application/json', 'Content-Length', length]);
  res.end(text);
}

/** Without a delay, after the last chunk: silent until the caller leaves. */
function stream(res: http.ServerResponse, chunks: number, delayMs: number | undefined): void {
  const type = ['Content-Type', 'text/event-stream; charset=utf-8', 'Transfer-Encoding', 'chunked'];
  res.writeHead(200, [...HEADERS, ...type]);
  res.flushHeaders();
  const { socket } = res;
  if (!socket) return;
  // Framed by hand and written to the socket: one system call a chunk, as a fast native server does.
  const write = (text: string) => socket.write(`${text.length.toString(16)}\r\n${text}\r\n`, 'latin1');
  let sent = 0;
  const next = () => {
    if (res.destroyed) return;
    if (sent === chunks) {
      if (delayMs === undefined) return;
      write(STREAM_END);
      res.end();
      return;
    }
    sent++;
    const flowing = write(streamEvent(monotonicMs()));
    if (!flowing) socket.once('drain', next);
    else if (delayMs) setTimeout(next, delayMs);
    else setImmediate(next);
  };
  next();
}

const answerAudio: Answer = (req, res) => {
  req.resume();
  req.on('end', () => {
    res.writeHead(200, [...HEADERS, 'Content-Type', 'audio/mpeg', 'Transfer-Encoding', 'chunked']);
    res.end(AUDIO);
  });
};

/** Of the file alone: a gateway may put the form together anew. */
const hashUpload: Answer = (req, res) => {
  const parts: Buffer[] = [];
  req.on('data', (part: Buffer) => parts.push(part));
  req.on('end', () => {
    const body = Buffer.concat(parts);
    const boundary = /boundary="?([^";]+)/.exec(req.headers['content-type'] ?? '')?.[1] ?? '';
    const start = body.indexOf('\r\n\r\n', body.indexOf('filename=')) + 4;
    const file = body.subarray(start, body.indexOf(`\r\n--${boundary}`, start));
    answerJson(res, JSON.stringify({ sha256: sha256(file) }));
  });
};

const limits = { keepAliveTimeout: 120_000, requestTimeout: 0, headersTimeout: 0, noDelay: true };
http.createServer(limits, serve).listen(Number(process.env['PORT']), '127.0.0.1', 4_096);
const certificate = {
  key: readFileSync(process.env['TLS_KEY'] ?? ''),
  cert: readFileSync(process.env['TLS_CERT'] ?? ''),
};
https
  .createServer({ ...limits, ...certificate }, serve)
  .listen(Number(process.env['TLS_PORT']), '127.0.0.1', 4_096);
