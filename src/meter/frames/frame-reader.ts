import { Tap, type KeptText } from '../tap';
import { CLOSE_OPCODE, FIRST_CONTROL_OPCODE, MAX_HEADER_BYTES, frameHeader } from './frame-header';

/**
 * Of a longer message the beginning and the end are kept. Messages with audio can be longer than 64 KB
 * (https://github.com/mykin-ai/expo-audio-stream/pull/43), and the end of a response repeats its instructions and tools.
 */
export const MAX_MESSAGE_BYTES = 262_144;
/** The space for messages between two of them. */
const SPARE_BYTES = 4_096;
const NOTHING = Buffer.alloc(0);

/**
 * Reads the messages in a copy of what a WebSocket's server sends (RFC 6455 §5.2), without a content coding and, as the
 * RFC demands of servers, without masks. It keeps one message at a time, up to a limit.
 */
export class FrameReader {
  /** Whether a long message may have told something, or the bytes are not what is expected: then no more is read. */
  hasGap = false;
  /** Whether no more is read: the server has closed, or the bytes are not what is expected. */
  #isOver = false;
  readonly #header = Buffer.alloc(MAX_HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the running frame that are to come; `undefined` while its header comes. */
  #payloadBytes: number | undefined;
  #isControl = false;
  /** Whether the last frame of a message was its last one. */
  #isLast = true;
  /** Begins with what there is of the message. */
  #kept: Buffer = NOTHING;
  /** Bytes of the message; infinite if it is a long one. */
  #messageBytes = 0;
  /** What is kept of a long one. */
  #ends: Tap | undefined;

  /**
   * @param onMessage gets bytes that are overwritten afterwards
   * @param onLong gets what is kept of a long message, and returns whether that is all that matters of it
   */
  constructor(
    private readonly onMessage: (message: Buffer) => void,
    private readonly onLong: (kept: KeptText) => boolean = () => false,
  ) {}

  /** Whether another frame may stand here: none is running, nor a message in several frames, and none was the last one. */
  get isBetweenMessages(): boolean {
    return !this.#isOver && this.#headerBytes === 0 && this.#payloadBytes === undefined && this.#isLast;
  }

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#isOver;) {
      if (this.#payloadBytes === undefined) {
        this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
        this.#readHeader();
      } else {
        const part = chunk.subarray(at, at + this.#payloadBytes);
        at += part.length;
        this.#payloadBytes -= part.length;
        if (!this.#isControl) this.#keep(part);
      }
      if (this.#payloadBytes === 0) this.#endFrame();
    }
  }

  #readHeader(): void {
    const header = frameHeader(this.#header, this.#headerBytes);
    if (!header) return;
    if (header.isExtended || header.isMasked) {
      this.#isOver = this.hasGap = true;
      return;
    }
    if (header.payloadBytes === undefined) return;
    this.#headerBytes = 0;
    this.#isOver = header.opcode === CLOSE_OPCODE;
    this.#isControl = header.opcode >= FIRST_CONTROL_OPCODE;
    if (!this.#isControl) this.#isLast = header.isLast; // a control frame may stand inside of a message
    this.#payloadBytes = header.payloadBytes;
  }

  #keep(part: Buffer): void {
    const start = this.#messageBytes;
    const end = start + part.length;
    this.#messageBytes = end + (this.#payloadBytes ?? 0) > MAX_MESSAGE_BYTES ? Infinity : end;
    if (this.#messageBytes === Infinity) {
      if (!this.#ends) {
        this.#ends = new Tap({ isEventStream: false });
        this.#ends.push(this.#kept.subarray(0, start));
        this.#kept = NOTHING;
      }
      this.#ends.push(part);
      return;
    }
    if (end > this.#kept.length) {
      const wanted = Math.max(end, 2 * this.#kept.length, SPARE_BYTES);
      const larger = Buffer.allocUnsafeSlow(Math.min(wanted, MAX_MESSAGE_BYTES));
      this.#kept.copy(larger, 0, 0, start);
      this.#kept = larger;
    }
    part.copy(this.#kept, start);
  }

  #endFrame(): void {
    this.#payloadBytes = undefined;
    if (this.#isControl || !this.#isLast) return;
    const [kept, length] = [this.#kept, this.#messageBytes];
    this.#messageBytes = 0;
    if (kept.length > SPARE_BYTES) this.#kept = NOTHING;
    if (length === Infinity) this.#endLong();
    else this.onMessage(kept.subarray(0, length));
  }

  #endLong(): void {
    const ends = this.#ends;
    this.#ends = undefined;
    if (!ends || !this.onLong(ends.kept())) this.hasGap = true;
    ends?.release();
  }
}
