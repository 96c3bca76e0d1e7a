import { createParser } from 'eventsource-parser';
import { failureInEvent } from '../providers/errors/in-event';
import type { UpstreamAnswer } from './answer';
import { readBeginning } from './buffered-response';
import type { Exchange } from './exchange';

const EVENT_STREAM = /^text\/event-stream\b/i;

export function isEventStream(contentType: string | undefined): boolean {
  return contentType !== undefined && EVENT_STREAM.test(contentType);
}

/** A failure that a provider tells inside a stream whose status is 200. */
export interface StreamFailure {
  /** What its code stands for. */
  readonly status: number;
  /** The event's data, as JSON gives it. */
  readonly body: unknown;
}

/** The first event of a stream is short: the start of a message, or an error. */
const MAX_FIRST_EVENT_BYTES = 32 * 1024;
/** A provider that takes longer than this to its first event has begun to work. */
const FIRST_EVENT_MS = 3_000;

/** What is known of an event stream once its first event is here; nothing of it has gone to the client. */
export interface StreamBeginning {
  readonly failure: StreamFailure | undefined;
  /** The whole stream, if it ended before its first event did. */
  readonly ended: Buffer | undefined;
}

/**
 * Waits for an event stream's first event, for a while and so many bytes, and puts the bytes back as they came.
 * @throws whatever stops the exchange meanwhile; `upstream-cut` if the stream breaks off
 */
export async function beginningOf(upstream: UpstreamAnswer, exchange: Exchange): Promise<StreamBeginning> {
  let first: string | undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      first ??= data;
    },
  });
  const decoder = new TextDecoder();
  const { bytes, ended } = await readBeginning(
    upstream,
    exchange,
    (size, chunk) => {
      parser.feed(decoder.decode(chunk, { stream: true }));
      return first !== undefined || size > MAX_FIRST_EVENT_BYTES;
    },
    FIRST_EVENT_MS,
  );
  return { failure: failureIn(first), ended: ended ? bytes : undefined };
}

/** What a failure's events have in common, so that the ends of most streams need not be parsed. */
const MAY_FAIL = /error|failed/i;

/**
 * The last failure that the end of an event stream tells.
 * @param tail its last bytes; what comes before the first whole event in them does not count
 */
export function failureAtEnd(tail: string): StreamFailure | undefined {
  if (!MAY_FAIL.test(tail)) return undefined;
  let last: StreamFailure | undefined;
  const parser = createParser({
    onEvent: ({ data }) => {
      last = failureIn(data) ?? last;
    },
  });
  parser.feed(`${tail}\n\n`);
  return last;
}

function failureIn(data: string | undefined): StreamFailure | undefined {
  if (data === undefined || !MAY_FAIL.test(data)) return undefined;
  try {
    return failureInEvent(JSON.parse(data) as unknown);
  } catch {
    return undefined; // `[DONE]`, or an event whose beginning is missing
  }
}
