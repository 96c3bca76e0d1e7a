import { createParser } from 'eventsource-parser';
import { member, numberOf, parseJson, textOf } from './json';
import { explainErrorResponse } from './error-response';
import { fail, ok, skipped, warn, type Finding } from './result';
import { bearer, type Target } from './target';
import { call, timedCall, type HttpResponse, type TimedResponse } from './wire';

const CHUNKS = 20;
const INTERVAL_MS = 100;
const LIMIT_MS = 60_000;

/** One event: when it was sent by the function's clock, and when it arrived by ours. */
export interface TimedEvent {
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
}

/** Whether anything on the way to the function buffers events; uses the simulated stream, which needs no key. */
export async function checkStreaming({ base, token, adminToken }: Target): Promise<Finding> {
  const response = await timedCall(`${base}/-/selftest/stream?chunks=${CHUNKS}&interval=${INTERVAL_MS}`, {
    headers: bearer(adminToken ?? token),
    limitMs: LIMIT_MS,
  });
  if (response.status === 401 && token === undefined && adminToken === undefined) {
    return skipped('It needs a token', 'Give --token or --admin-token.');
  }
  if (response.status !== 200)
    return explainErrorResponse('GET /-/selftest/stream', toHttpResponse(response));
  const events: TimedEvent[] = [];
  let done = false;
  for (const { data, atMs } of eventsOf(response)) {
    const sentAtMs = numberOf(member(parseJson(data), 'sent_at_ms'));
    if (sentAtMs !== undefined) events.push({ sentAtMs, arrivedAtMs: atMs });
    done ||= data === '[DONE]';
  }
  if (!done || events.length < CHUNKS) {
    return fail(
      `The stream ended early after ${events.length} of ${CHUNKS} events`,
      'Something in between ends long responses: raise the timeout of the function and of the gateway in front.',
    );
  }
  return evaluateArrivals(events);
}

const NO_BUFFERING =
  'Turn buffering off in the gateway in front (nginx: proxy_buffering off; a CDN: no caching and no compression for this host). An event function always buffers: deploy the web function.';

/**
 * Compares the arrival times of events with their send times. The two clocks differ by an unknown constant, so only
 * differences are compared.
 */
export function evaluateArrivals(events: readonly TimedEvent[]): Finding {
  const spanOf = (times: readonly number[]) => Math.max(...times) - Math.min(...times);
  const sentSpanMs = spanOf(events.map(({ sentAtMs }) => sentAtMs));
  const arrivalSpanMs = spanOf(events.map(({ arrivedAtMs }) => arrivedAtMs));
  const delayMs = spanOf(events.map(({ sentAtMs, arrivedAtMs }) => arrivedAtMs - sentAtMs));
  const gapMs = sentSpanMs / Math.max(1, events.length - 1);
  const bursts = events.filter(
    ({ arrivedAtMs }, at) => at === 0 || arrivedAtMs - (events[at - 1]?.arrivedAtMs ?? 0) > gapMs / 4,
  ).length;
  const times = `${events.length} events were sent over ${Math.round(sentSpanMs)} ms`;
  if (arrivalSpanMs < sentSpanMs / 4) {
    return fail(`It is buffered: ${times} and arrived all at once`, NO_BUFFERING);
  }
  if (bursts <= events.length / 2) {
    return fail(`It is buffered in part: ${times} and arrived in ${bursts} bursts`, NO_BUFFERING);
  }
  const detail = `${times} and arrived one by one, none delayed by more than ${Math.round(delayMs)} ms`;
  return delayMs > 5 * gapMs ? warn(detail, 'The network delay varies; try again.') : ok(detail);
}

/** A real request: a streamed chat if a model is given, otherwise the list of models. */
export async function checkRequest({ base, token, model }: Target): Promise<Finding> {
  if (token === undefined)
    return skipped('It needs a key or an access token', 'Give --token, and --model for a chat.');
  if (model === undefined) {
    const response = await call(`${base}/v1/models`, { headers: bearer(token) });
    if (response.status !== 200) return explainErrorResponse('GET /v1/models', response);
    const models = member(parseJson(response.text), 'data');
    const count = `GET /v1/models lists ${Array.isArray(models) ? models.length : 'no'} models`;
    const missing = response.header('x-proxy-models-missing');
    return missing === undefined
      ? ok(count)
      : warn(
          `${count}, and none of ${missing}, which could not be asked`,
          'Look at the keys of these providers.',
        );
  }
  const messages = [{ role: 'user', content: 'Count from 1 to 20.' }];
  // The API of the model's provider; Anthropic's requires max_tokens.
  const claude = model.startsWith('claude');
  const path = claude ? '/v1/messages' : '/v1/chat/completions';
  const response = await timedCall(base + path, {
    method: 'POST',
    headers: {
      ...bearer(token),
      'content-type': 'application/json',
      ...(claude ? { 'anthropic-version': '2023-06-01' } : {}),
    },
    body: JSON.stringify({ model, stream: true, messages, ...(claude ? { max_tokens: 128 } : {}) }),
    limitMs: 120_000,
  });
  return evaluateRequest(`POST ${path}`, response);
}

function evaluateRequest(what: string, response: TimedResponse): Finding {
  if (response.status !== 200) {
    return explainErrorResponse(what, toHttpResponse(response));
  }
  const events = eventsOf(response);
  const failure = events.map(({ data }) => textOf(member(parseJson(data), 'error', 'message'))).find(Boolean);
  if (failure !== undefined)
    return fail(`${what}: the stream ended in an error – ${failure}`, 'Read the error message.');
  const ended = events.some(({ data, event }) => data === '[DONE]' || event === 'message_stop');
  if (!ended || !response.complete) {
    return fail(
      `${what}: the stream ended early after ${events.length} events`,
      'Raise the timeout of the function, and read its log.',
    );
  }
  return ok(`${what} streams: ${events.length} events, including the final one`);
}

function toHttpResponse({ status, headers, pieces }: TimedResponse): HttpResponse {
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

function eventsOf({ pieces }: TimedResponse): ReceivedEvent[] {
  const events: ReceivedEvent[] = [];
  let atMs = 0;
  const parser = createParser({ onEvent: ({ event, data }) => events.push({ event, data, atMs }) });
  for (const piece of pieces) {
    atMs = piece.atMs;
    parser.feed(piece.text);
  }
  return events;
}
