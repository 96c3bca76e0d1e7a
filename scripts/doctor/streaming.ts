import { createParser } from 'eventsource-parser';
import { member, numberOf, parseJson, textOf } from './json';
import { explainRefusal } from './refusal';
import { fail, ok, skipped, warn, type Finding } from './result';
import { bearer, type Target } from './target';
import { call, timedCall, type Answer, type TimedAnswer } from './wire';

const CHUNKS = 20;
const INTERVAL_MS = 100;
const LIMIT_MS = 60_000;

/** One event: when it was sent by the function's clock, and when it came by ours. */
export interface TimedEvent {
  readonly sentAtMs: number;
  readonly cameAtMs: number;
}

/** Whether anything between here and the function holds events back, by the simulated stream, which needs no key. */
export async function checkStreaming({ base, token, adminToken }: Target): Promise<Finding> {
  const answer = await timedCall(`${base}/-/selftest/stream?chunks=${CHUNKS}&interval=${INTERVAL_MS}`, {
    headers: bearer(adminToken ?? token),
    limitMs: LIMIT_MS,
  });
  if (answer.status === 401 && token === undefined && adminToken === undefined) {
    return skipped('It is only for who has a token', 'Give --token or --admin-token.');
  }
  if (answer.status !== 200) return explainRefusal('GET /-/selftest/stream', asAnswer(answer));
  const events: TimedEvent[] = [];
  let done = false;
  for (const { data, atMs } of eventsOf(answer)) {
    const sentAtMs = numberOf(member(parseJson(data), 'sent_at_ms'));
    if (sentAtMs !== undefined) events.push({ sentAtMs, cameAtMs: atMs });
    done ||= data === '[DONE]';
  }
  if (!done || events.length < CHUNKS) {
    return fail(
      `The stream broke off after ${events.length} of ${CHUNKS} events`,
      'Something in between ends long answers: raise the timeout of the function, and of what stands in front.',
    );
  }
  return judgeArrivals(events);
}

const NO_BUFFERING =
  'Turn buffering off in what stands in front (nginx: proxy_buffering off; a CDN: no caching and no compression for this host). An event function buffers always: deploy the web function.';

/**
 * Compares when events came with when they were sent. The two clocks differ by an unknown that is the same for all, so
 * only differences are looked at.
 */
export function judgeArrivals(events: readonly TimedEvent[]): Finding {
  const spanOf = (times: readonly number[]) => Math.max(...times) - Math.min(...times);
  const sentSpanMs = spanOf(events.map(({ sentAtMs }) => sentAtMs));
  const cameSpanMs = spanOf(events.map(({ cameAtMs }) => cameAtMs));
  const heldMs = spanOf(events.map(({ sentAtMs, cameAtMs }) => cameAtMs - sentAtMs));
  const gapMs = sentSpanMs / Math.max(1, events.length - 1);
  const bursts = events.filter(
    ({ cameAtMs }, at) => at === 0 || cameAtMs - (events[at - 1]?.cameAtMs ?? 0) > gapMs / 4,
  ).length;
  const times = `${events.length} events were sent over ${Math.round(sentSpanMs)} ms`;
  if (cameSpanMs < sentSpanMs / 4) {
    return fail(`It is buffered: ${times} and came all at once`, NO_BUFFERING);
  }
  if (bursts <= events.length / 2) {
    return fail(`It is buffered in part: ${times} and came in ${bursts} bursts`, NO_BUFFERING);
  }
  const detail = `${times} and came one by one, none held back for more than ${Math.round(heldMs)} ms`;
  return heldMs > 5 * gapMs ? warn(detail, 'The network in between is uneven; try again.') : ok(detail);
}

/** A real request: a streamed chat where a model is named, else the list of models. */
export async function checkRequest({ base, token, model }: Target): Promise<Finding> {
  if (token === undefined)
    return skipped('It needs a key or an access token', 'Give --token, and --model for a chat.');
  if (model === undefined) {
    const answer = await call(`${base}/v1/models`, { headers: bearer(token) });
    const count = member(parseJson(answer.text), 'data');
    return answer.status === 200
      ? ok(`GET /v1/models lists ${Array.isArray(count) ? count.length : 'no'} models`)
      : explainRefusal('GET /v1/models', answer);
  }
  const messages = [{ role: 'user', content: 'Count from 1 to 20.' }];
  // The form that the model's provider speaks; Claude's needs a limit.
  const claude = model.startsWith('claude');
  const path = claude ? '/v1/messages' : '/v1/chat/completions';
  const answer = await timedCall(base + path, {
    method: 'POST',
    headers: {
      ...bearer(token),
      'content-type': 'application/json',
      ...(claude ? { 'anthropic-version': '2023-06-01' } : {}),
    },
    body: JSON.stringify({ model, stream: true, messages, ...(claude ? { max_tokens: 128 } : {}) }),
    limitMs: 120_000,
  });
  return judgeRequest(`POST ${path}`, answer);
}

function judgeRequest(what: string, answer: TimedAnswer): Finding {
  if (answer.status !== 200) {
    return explainRefusal(what, asAnswer(answer));
  }
  const events = eventsOf(answer);
  const failure = events.map(({ data }) => textOf(member(parseJson(data), 'error', 'message'))).find(Boolean);
  if (failure !== undefined)
    return fail(`${what}: the stream ended in an error – ${failure}`, 'See what it says.');
  const ended = events.some(({ data, event }) => data === '[DONE]' || event === 'message_stop');
  if (!ended || !answer.complete) {
    return fail(
      `${what}: the stream broke off after ${events.length} events`,
      'Raise the timeout of the function, and look at its log.',
    );
  }
  return ok(`${what} streams: ${events.length} events, the last one said that it was the last`);
}

function asAnswer({ status, headers, pieces }: TimedAnswer): Answer {
  return {
    status,
    header: (name) => headers[name]?.toString(),
    text: pieces.map(({ text }) => text).join(''),
  };
}

interface ReceivedEvent {
  readonly event: string | undefined;
  readonly data: string;
  readonly atMs: number;
}

function eventsOf({ pieces }: TimedAnswer): ReceivedEvent[] {
  const events: ReceivedEvent[] = [];
  let atMs = 0;
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event, data, atMs }) });
  for (const piece of pieces) {
    atMs = piece.atMs;
    parser.feed(piece.text);
  }
  return events;
}
