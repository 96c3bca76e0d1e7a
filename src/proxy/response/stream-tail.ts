/** Enough of the end of a stream for its last events. */
const TAIL_BYTES = 4_096;
/** Enough to detect whether an event has ended, and whether it was the last. */
const END_BYTES = 16;

/** A blank line ends a server-sent event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const EVENT_END = /(?:\n\n|\r\r|\r\n\r\n)$/;

/** The last chunks of a stream. They are kept, not copied or read, until they are needed. */
export class StreamTail {
  #chunks: Buffer[] = [];
  #bytes = 0;

  push(whole: Buffer): void {
    // Otherwise a large chunk would stay in memory for its last bytes alone.
    const chunk = whole.length > 4 * TAIL_BYTES ? Buffer.from(whole.subarray(-TAIL_BYTES)) : whole;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (let first = this.#chunks[0]; first; first = this.#chunks[0]) {
      if (this.#bytes - first.length < TAIL_BYTES) return;
      this.#bytes -= first.length;
      this.#chunks.shift();
    }
  }

  /** Whether an event has ended here, or none has begun. */
  endsEvent(): boolean {
    const end = this.#end();
    return end === '' || EVENT_END.test(end.slice(-4));
  }

  /** Whether that was the last event of a chat's stream, after which nothing may follow. */
  endsStream(): boolean {
    return this.#end().trimEnd().endsWith('[DONE]');
  }

  /** The last few KB; a character that is cut at their start is garbled. */
  text(): string {
    return Buffer.concat(this.#chunks, this.#bytes)
      .subarray(-2 * TAIL_BYTES)
      .toString('utf8');
  }

  #end(): string {
    let end = Buffer.alloc(0);
    for (let at = this.#chunks.length - 1; at >= 0 && end.length < END_BYTES; at--) {
      end = Buffer.concat([this.#chunks[at] ?? Buffer.alloc(0), end]);
    }
    return end.subarray(-END_BYTES).toString('latin1');
  }
}
