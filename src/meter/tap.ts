/** The beginning of a response: the name of its model, and Anthropic's figures of the input. */
const HEAD_BYTES = 4_096;
/** The end of a response grows from the first size to the second, if its last event needs it. */
const MIN_TAIL_BYTES = 4_096;
const MAX_TAIL_BYTES = 32_768;
const BUFFER_BYTES = HEAD_BYTES + MIN_TAIL_BYTES;
/** Enough of the end of a stream for its last events. */
const LAST_EVENTS_BYTES = 8_192;
/** Enough to tell whether an event was the last. */
const END_BYTES = 16;

/** Buffers of streams that are over, for the next ones; half a megabyte at most. */
const spare: Buffer[] = [];
const MAX_SPARE = 64;

/** A blank line ends a server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = /(?:\n\n|\r\r|\r\n\r\n)$/;
const BLANK_LINES = ['\n\n', '\r\n\r\n', '\r\r'].map((ends) => Buffer.from(ends));

/** What was kept of a response. */
export interface KeptText {
  /** All of it, or its beginning. */
  readonly head: string;
  /** Its end, if `head` is not all of it; else ''. A character that is cut at its start is garbled. */
  readonly tail: string;
  /** Whether anything between the two is missing. */
  readonly hasGap: boolean;
}

/**
 * The first 4 KB of a response and its last 4 to 32 KB. They are copied, and the buffers are reused: chunks that are kept
 * survive the minor collections that would free them, and with a hundred streams that costs as much as to relay them.
 */
export class Tap {
  #buffer: Buffer | undefined;
  /** Bytes in the first part of the buffer. */
  #headBytes = 0;
  /** Holds the last bytes in a circle; at first the buffer's second part. */
  #ring: Buffer = NOTHING;
  /** Where the next byte goes. */
  #at = 0;
  #ringBytes = 0;
  #hasGap = false;
  /** Free bytes in the half of the ring that is written; 0 while the head is. */
  #roomInHalf = 0;
  readonly #isEventStream: boolean;

  /** @param isEventStream whether the end needs to be no longer than the last event */
  constructor({ isEventStream }: { readonly isEventStream: boolean }) {
    this.#isEventStream = isEventStream;
  }

  push(chunk: Buffer): void {
    // Nearly every chunk of a stream fits where the last one ended.
    const { length } = chunk;
    if (length < this.#roomInHalf) {
      this.#ring.set(chunk, this.#at);
      this.#at += length;
      this.#roomInHalf -= length;
      if (this.#ringBytes < this.#ring.length) this.#ringBytes += length;
      else this.#hasGap = true;
    } else this.#push(chunk);
  }

  #push(chunk: Buffer): void {
    const room = HEAD_BYTES - this.#headBytes;
    if (room > 0) {
      const buffer = (this.#buffer ??= this.#take());
      const beginning = chunk.length > room ? chunk.subarray(0, room) : chunk;
      buffer.set(beginning, this.#headBytes);
      this.#headBytes += beginning.length;
      if (chunk.length > room) this.#pushToRing(chunk.subarray(room));
    } else this.#pushToRing(chunk);
  }

  /** Whether an event has ended here, or none has begun. */
  endsEvent(): boolean {
    return this.#headBytes === 0 || EVENT_END.test(this.#last(4).toString('latin1'));
  }

  /** Whether that was the last event of a chat's stream, after which nothing may follow. */
  endsStream(): boolean {
    return this.#last(END_BYTES).toString('latin1').trimEnd().endsWith('[DONE]');
  }

  /** The events that the last few KB hold as a whole: all text, or what stands behind the first blank line. */
  text(): string {
    const last = this.#last(LAST_EVENTS_BYTES + 1);
    if (last.length <= LAST_EVENTS_BYTES && !this.#hasGap) return last.toString('utf8');
    // What is cut could read as an event that nobody has sent.
    const ends = BLANK_LINES.map((end) => last.indexOf(end)).filter((at) => at !== -1);
    return ends.length === 0 ? '' : last.toString('utf8', Math.min(...ends));
  }

  kept(): KeptText {
    const head = this.#buffer?.subarray(0, this.#headBytes) ?? NOTHING;
    if (this.#ringBytes === 0) return { head: head.toString('utf8'), tail: '', hasGap: false }; // as of most
    const ring = this.#inOrder();
    return this.#hasGap
      ? { head: head.toString('utf8'), tail: ring.toString('utf8'), hasGap: true }
      : { head: Buffer.concat([head, ring]).toString('utf8'), tail: '', hasGap: false };
  }

  /** The response is over: its buffer serves another one. */
  release(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#ring = NOTHING;
    this.#headBytes = this.#ringBytes = this.#at = this.#roomInHalf = 0;
    if (buffer && spare.length < MAX_SPARE) spare.push(buffer);
  }

  #take(): Buffer {
    // From the system, not from Node's pool, so that nothing else shares it.
    const buffer = spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#ring = buffer.subarray(HEAD_BYTES);
    return buffer;
  }

  #pushToRing(chunk: Buffer): void {
    let rest = chunk;
    if (rest.length > MAX_TAIL_BYTES) {
      rest = rest.subarray(-MAX_TAIL_BYTES);
      this.#hasGap = true;
    }
    while (rest.length > 0) {
      const half = this.#ring.length / 2;
      const room = half - (this.#at % half);
      const part = rest.length > room ? rest.subarray(0, room) : rest;
      if (this.#ringBytes === this.#ring.length) this.#hasGap = true;
      else this.#ringBytes += part.length;
      this.#ring.set(part, this.#at);
      this.#at += part.length;
      if (part.length === room) this.#endHalf(half);
      if (part.length === rest.length) break;
      rest = rest.subarray(room);
    }
    const half = this.#ring.length / 2;
    this.#roomInHalf = half - (this.#at % half);
  }

  /**
   * The next bytes go over the older half. If that one may have the beginning of the event that is running, the ring
   * grows instead, so that the last event is there as a whole, up to the limit.
   */
  #endHalf(half: number): void {
    const end = this.#at;
    if (end === this.#ring.length) this.#at = 0;
    if (this.#ringBytes < this.#ring.length || this.#ring.length === MAX_TAIL_BYTES) return;
    if (this.#isEventStream && hasEventEnd(this.#ring.subarray(end - half, end))) return;
    const larger = Buffer.allocUnsafeSlow(2 * this.#ring.length);
    larger.set(this.#inOrder());
    this.#at = this.#ringBytes;
    this.#ring = larger;
  }

  /** The last bytes, at most as many as are kept. */
  #last(bytes: number): Buffer {
    const buffer = this.#buffer;
    if (!buffer) return NOTHING;
    if (this.#ringBytes === 0) return buffer.subarray(Math.max(0, this.#headBytes - bytes), this.#headBytes);
    if (bytes <= this.#at) return this.#ring.subarray(this.#at - bytes, this.#at);
    const ring = this.#inOrder();
    if (bytes <= ring.length || this.#hasGap) return ring.subarray(Math.max(0, ring.length - bytes));
    return Buffer.concat([buffer.subarray(0, this.#headBytes), ring]).subarray(-bytes);
  }

  /** The bytes of the ring, the oldest first. */
  #inOrder(): Buffer {
    if (this.#ringBytes < this.#ring.length) return this.#ring.subarray(0, this.#ringBytes);
    return this.#at === 0
      ? this.#ring
      : Buffer.concat([this.#ring.subarray(this.#at), this.#ring.subarray(0, this.#at)]);
  }
}

const NOTHING = Buffer.alloc(0);

function hasEventEnd(bytes: Buffer): boolean {
  return BLANK_LINES.some((ends) => bytes.includes(ends));
}
