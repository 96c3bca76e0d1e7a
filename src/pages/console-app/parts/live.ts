import type { ConsoleEvents } from '../../console/report';
import { createSseParser, type SseFields } from '../../index-page/sse-parser';
import { ApiError, fetchResponse, type Access } from './api';

export type LiveState = 'connecting' | 'live' | 'broken';

export interface LiveListener {
  readonly onState: (state: LiveState) => void;
  readonly onRequest: (request: ConsoleEvents['request']) => void;
}

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** The server sends a comment every 15 s. */
const SILENCE_MS = 45_000;

/** Follows the console's events until the signal, and connects again when the stream breaks. */
export async function followEvents(
  access: Access,
  signal: AbortSignal,
  listener: LiveListener,
): Promise<void> {
  let lastId = '';
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    listener.onState(lastId === '' ? 'connecting' : 'broken');
    const attempt = new AbortController();
    const abort = () => {
      attempt.abort();
    };
    signal.addEventListener('abort', abort, { once: true });
    try {
      const response = await fetchResponse(access, '/-/console/events', {
        signal: attempt.signal,
        headers: lastId === '' ? {} : { 'last-event-id': lastId },
      });
      const parse = createSseParser((data, fields) => {
        lastId = fields.id ?? lastId;
        pauseMs = fields.retryMs ?? FIRST_PAUSE_MS;
        take(data, fields, listener);
      });
      listener.onState('live');
      await read(response, attempt, parse);
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) {
        listener.onState('broken');
        return; // asking again changes nothing
      }
    }
    signal.removeEventListener('abort', abort);
    attempt.abort();
    if (isOver(signal)) return;
    listener.onState('broken');
    await pause(pauseMs, signal);
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
  }
}

/** The linter takes it for unchanged since the loop has looked at it. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

async function read(
  { body }: Response,
  attempt: AbortController,
  parse: (chunk: string) => void,
): Promise<void> {
  const reader = body?.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const timer = setTimeout(() => {
      attempt.abort();
    }, SILENCE_MS);
    const part = await reader?.read().finally(() => {
      clearTimeout(timer);
    });
    if (!part || part.done) return;
    parse(decoder.decode(part.value, { stream: true }));
  }
}

function take(data: string, { event }: SseFields, { onRequest }: LiveListener): void {
  if (event === 'request') onRequest(JSON.parse(data) as ConsoleEvents['request']);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
