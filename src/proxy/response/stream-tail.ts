/** Enough of the end of a stream for its last events. */
const TAIL_BYTES = 4_096;
/** Twice that, so that the kept end is moved only once for each `TAIL_BYTES` that pass. */
const BUFFER_BYTES = 2 * TAIL_BYTES;
/** Enough to tell whether an event was the last. */
const END_BYTES = 16;

/** Buffers of streams that are over, for the next ones; half a megabyte at most. */
const spare: Buffer[] = [];
const MAX_SPARE = 64;

/** A blank line ends a server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = /(?:\n\n|\r\r|\r\n\r\n)$/;

/**
 * The last 4 to 8 KB of a stream. They are copied, and the buffers are reused: chunks that are kept survive the minor
 * collections that would free them, and with a hundred streams that costs as much as to relay them.
 */
export class StreamTail {
  #buffer: Buffer | undefined;
  #length = 0;

  push(chunk: Buffer): void {
    // From the system, not from Node's pool, so that nothing else shares it.
    const buffer = (this.#buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
    const end = chunk.length > TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : chunk;
    if (this.#length + end.length > BUFFER_BYTES) {
      buffer.copyWithin(0, this.#length - TAIL_BYTES, this.#length);
      this.#length = TAIL_BYTES;
    }
    buffer.set(end, this.#length);
    this.#length += end.length;
  }

  /** Whether an event has ended here, or none has begun. */
  endsEvent(): boolean {
    return this.#length === 0 || EVENT_END.test(this.#last(4).toString('latin1'));
  }

  /** Whether that was the last event of a chat's stream, after which nothing may follow. */
  endsStream(): boolean {
    return this.#last(END_BYTES).toString('latin1').trimEnd().endsWith('[DONE]');
  }

  /** The last few KB; a character that is cut at their start is garbled. */
  text(): string {
    return this.#last(BUFFER_BYTES).toString('utf8');
  }

  /** The stream is over: its buffer serves another one. */
  release(): void {
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#length = 0;
    if (buffer && spare.length < MAX_SPARE) spare.push(buffer);
  }

  #last(bytes: number): Buffer {
    return this.#buffer?.subarray(Math.max(0, this.#length - bytes), this.#length) ?? NOTHING;
  }
}

const NOTHING = Buffer.alloc(0);
