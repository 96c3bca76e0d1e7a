import { createParser } from 'eventsource-parser';
import { failureInEvent } from '../../providers/errors/in-event';
import type { UpstreamResponse } from './upstream-response';
import { readBeginning } from './buffered-response';
import type { Exchange } from '../exchange/exchange';

/** A failure in an event of a stream whose status is 200. */
export interface StreamFailure {
  /** The status that its code corresponds to. */
  readonly status: number;
  /** The event's data, parsed. */
  readonly body: unknown;
}

/** The first event of a stream is short: the start of a message, or an error. */
const MAX_FIRST_EVENT_BYTES = 32 * 1024;
/** If the first event takes longer than this, the provider has accepted the request. */
const FIRST_EVENT_MS = 3_000;

/** The result of reading an event stream up to its first event; nothing was sent to the client yet. */
export interface StreamBeginning {
  readonly failure: StreamFailure | undefined;
  /** The whole stream, if it ended before its first event did. */
  readonly ended: Buffer | undefined;
}

/**
 * Waits for an event stream's first event, up to a limit of time and bytes, and puts the bytes back.
 * @throws the reason that stops the exchange meanwhile; `upstream-cut` if the stream is incomplete
 */
export async function beginningOf(upstream: UpstreamResponse, exchange: Exchange): Promise<StreamBeginning> {
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

/** Matches every failure event, so that the ends of most streams need not be parsed. */
const MAY_FAIL = /error|failed/i;

/**
 * The last failure in the end of an event stream.
 * @param tail its last events
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
