import type { Request, Response } from 'express';
import { EVENT_STREAM_HEADERS } from '../http/filter-headers';
import { ProxyError } from '../errors/proxy-error';
import type { PageRole } from './admin-auth';

/** The number of events and the ms between two: their limits and defaults. */
const LIMITS = {
  chunks: { min: 1, max: 100, fallback: 20 },
  interval: { min: 10, max: 1_000, fallback: 100 },
} as const;

/**
 * Maximum concurrent streams; a stream may take 100 s. The operator counts instances by filling them, and SCF gives one
 * instance 100 requests at most.
 */
const MAX_RUNNING = { operator: 100, client: 8 } as const;
const RETRY_AFTER_MS = 10_000;

/** The self-test's streams. Few may run at once: each holds a connection, and an instance has a limited number. */
export class SelfTests {
  #running = 0;

  /** @param instance an id of this instance, which every event has */
  constructor(
    private readonly instance: string,
    private readonly now: () => number,
  ) {}

  /** @throws ProxyError `bad-parameter`, `selftest-busy` */
  stream(request: Request, response: Response, role: PageRole): void {
    if (this.#running >= MAX_RUNNING[role])
      throw new ProxyError('selftest-busy', { retryAfterMs: RETRY_AFTER_MS });
    streamSelfTest(request, response, { instance: this.instance, now: this.now });
    if (response.closed) return;
    this.#running++;
    response.once('close', () => this.#running--);
  }
}

/**
 * A simulated event stream in the form of a chat completion, each event with the time at which it was sent. Read
 * through the public URL, it shows whether anything in between buffers events.
 * @throws ProxyError `bad-parameter`
 */
function streamSelfTest(
  request: Request,
  response: Response,
  { instance, now }: { readonly instance: string; readonly now: () => number },
): void {
  const chunks = parameter(request, 'chunks');
  const intervalMs = parameter(request, 'interval');
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  for (let at = 0; at < EVENT_STREAM_HEADERS.length; at += 2) {
    response.setHeader(EVENT_STREAM_HEADERS[at] ?? '', EVENT_STREAM_HEADERS[at + 1] ?? '');
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();

  let sent = 0;
  const send = () => {
    sent++;
    response.write(`data: ${JSON.stringify({ ...chunkObject(sent, chunks, now()), instance })}\n\n`);
    if (sent < chunks) return;
    clearInterval(timer);
    response.end('data: [DONE]\n\n');
  };
  const timer = setInterval(send, intervalMs);
  response.on('close', () => {
    clearInterval(timer); // the client disconnected
  });
  send();
}

function chunkObject(number: number, of: number, sentAtMs: number) {
  return {
    id: 'chatcmpl-selftest',
    object: 'chat.completion.chunk',
    created: Math.floor(sentAtMs / 1_000),
    model: 'selftest',
    choices: [
      {
        index: 0,
        delta: { content: `${number} ` },
        logprobs: null,
        finish_reason: number === of ? 'stop' : null,
      },
    ],
    sent_at_ms: sentAtMs,
  };
}

function parameter(request: Request, name: keyof typeof LIMITS): number {
  const { min, max, fallback } = LIMITS[name];
  const text = request.query[name];
  if (text === undefined) return fallback;
  const value = typeof text === 'string' && /^\d{1,4}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new ProxyError('bad-parameter');
  return value;
}
