import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { codingsOf, isDecodable } from '../../http/decode-body';
import { headerIn, type RawHeaders } from '../../http/filter-headers';
import { isEventStream } from '../../http/media-type';
import { MAY_FAIL } from '../../meter/text/failure-in-event';
import { parsed } from '../../meter/text/json';
import { failureInEvent } from '../../providers/errors/in-event';
import type { UpstreamResponse } from './upstream-response';
import { readBeginning } from './buffered-response';
import { PromptDecoder } from './prompt-decoder';
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
  /** The whole stream, as it came, if it ended before its first event did. */
  readonly ended: Buffer | undefined;
}

/** Whether a response is an event stream whose first event can be read: one coding at most, which this Node has. */
export function hasReadableEvents(rawHeaders: RawHeaders): boolean {
  if (!isEventStream(headerIn(rawHeaders, 'content-type'))) return false;
  const codings = codingsOf(headerIn(rawHeaders, 'content-encoding'));
  return codings.length === 0 || (codings.length === 1 && isDecodable(codings[0] ?? ''));
}

/**
 * Waits for an event stream's first event, up to a limit of time and bytes, and puts the bytes back.
 * @param upstream one that has readable events
 * @throws the reason that stops the exchange meanwhile; `upstream-cut` if the stream is incomplete
 */
export async function beginningOf(upstream: UpstreamResponse, exchange: Exchange): Promise<StreamBeginning> {
  const [coding] = codingsOf(headerIn(upstream.rawHeaders, 'content-encoding'));
  return coding === undefined ? readPlain(upstream, exchange) : readDecoded(upstream, exchange, coding);
}

async function readPlain(upstream: UpstreamResponse, exchange: Exchange): Promise<StreamBeginning> {
  const first = new FirstEvent();
  const { bytes, ended } = await readBeginning(
    upstream,
    exchange,
    (size, chunk) => {
      first.push(chunk);
      return first.isWhole || size > MAX_FIRST_EVENT_BYTES;
    },
    { limitMs: FIRST_EVENT_MS },
  );
  if (ended) first.end();
  return { failure: first.failure, ended: ended ? bytes : undefined };
}

async function readDecoded(
  upstream: UpstreamResponse,
  exchange: Exchange,
  coding: string,
): Promise<StreamBeginning> {
  const first = new FirstEvent();
  let isEnough: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => (isEnough = resolve));
  let decodedBytes = 0;
  const decoder = await PromptDecoder.open(coding, {
    onBytes(bytes) {
      if (decodedBytes > MAX_FIRST_EVENT_BYTES) return;
      decodedBytes += bytes.length;
      first.push(bytes);
      if (first.isWhole || decodedBytes > MAX_FIRST_EVENT_BYTES) isEnough();
    },
    onFailure: isEnough,
  });
  try {
    const { bytes, ended } = await readBeginning(
      upstream,
      exchange,
      (size, chunk) => {
        decoder.push(chunk);
        return size > MAX_FIRST_EVENT_BYTES;
      },
      { limitMs: FIRST_EVENT_MS, enough },
    );
    if (ended) {
      await Promise.race([decoder.finish(), enough]);
      first.end();
    }
    return { failure: first.failure, ended: ended ? bytes : undefined };
  } finally {
    decoder.release();
  }
}

/** Reads the first event of a stream that comes in pieces. */
class FirstEvent {
  #event: EventSourceMessage | undefined;
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: (event) => {
      this.#event ??= event;
    },
  });

  get isWhole(): boolean {
    return this.#event !== undefined;
  }

  get failure(): StreamFailure | undefined {
    return this.#event && failureIn(this.#event);
  }

  push(bytes: Buffer): void {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The stream is over: its last event needs no blank line. */
  end(): void {
    this.#parser.feed('\n\n');
  }
}

/**
 * The last failure in the end of an event stream.
 * @param tail its last events
 */
export function failureAtEnd(tail: string): StreamFailure | undefined {
  if (!MAY_FAIL.test(tail)) return undefined;
  let last: StreamFailure | undefined;
  const parser = createParser({
    onEvent: (event) => {
      last = failureIn(event) ?? last;
    },
  });
  parser.feed(`${tail}\n\n`);
  return last;
}

function failureIn({ data, event: name }: EventSourceMessage): StreamFailure | undefined {
  if (name !== 'error' && !MAY_FAIL.test(data)) return undefined;
  const document = parsed(data); // `[DONE]` is none, nor is an event of which a part is missing
  return document === undefined ? undefined : failureInEvent(document, name);
}
