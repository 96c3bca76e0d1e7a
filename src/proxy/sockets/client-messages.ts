import { ProxyError } from '../../errors/proxy-error';
import {
  FIRST_CONTROL_OPCODE,
  MAX_HEADER_BYTES,
  frameHeader,
  type FrameHeader,
} from '../../meter/frames/frame-header';
import { MASK_BYTES, masked } from './masked-frame';

const CONTINUATION = 0;
const LAST_DATA_OPCODE = 2;
const LAST_CONTROL_OPCODE = 10;
const MAX_CONTROL_BYTES = 125;
/** Frames of one message: they may be empty, and each takes memory. */
const MAX_FRAMES = 16_384;
/** Frames that are read at once: so many take a millisecond or two. */
const MAX_FRAMES_AT_ONCE = 256;

/** One message of a client, or a control frame, which may come between the frames of a message. */
export interface ClientMessage {
  readonly opcode: number;
  readonly isControl: boolean;
  /** Its frames as they came. */
  readonly bytes: Buffer;
  /** Without the mask. */
  readonly payload: Buffer;
  /** Of its last frame. */
  readonly mask: Buffer;
}

/**
 * The messages in what a WebSocket's client sends, each once it is there as a whole (RFC 6455 §5.2). No extension was
 * negotiated, so none of its bits may be set.
 */
export class ClientMessages {
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Of the frame that is coming, once it is known. */
  #current: FrameHeader | undefined;
  /** Of the message that has begun. */
  #frames: Buffer[] = [];
  #payloads: Buffer[] = [];
  #payloadBytes = 0;
  #opcode = CONTINUATION;

  /** @param maxBytes how long a message may be */
  constructor(private readonly maxBytes: number) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Whether some of a message has come that is not whole yet. */
  get isBegun(): boolean {
    return this.#bytes > 0 || this.#frames.length > 0;
  }

  /**
   * How many bytes the message has so far, with all of the frame that is coming.
   * @throws ProxyError `bad-websocket-message`, `body-too-large`
   */
  get announcedBytes(): number {
    return this.#payloadBytes + (this.#header()?.payloadBytes ?? 0);
  }

  /** Whether `next` has ended before all frames were read that have come, so that others have their turn. */
  isInterrupted = false;

  /**
   * @returns `undefined` if the next one has not come yet, or is in more frames than are read at once
   * @throws ProxyError `bad-websocket-message`, `body-too-large`
   */
  next(): ClientMessage | undefined {
    this.isInterrupted = false;
    for (let frames = 0; frames < MAX_FRAMES_AT_ONCE; frames++) {
      const header = this.#header();
      if (header?.payloadBytes === undefined) return undefined;
      const start = header.bytes + MASK_BYTES;
      if (this.#bytes < start + header.payloadBytes) return undefined;
      const bytes = this.#take(start + header.payloadBytes);
      const mask = bytes.subarray(header.bytes, start);
      const payload = masked(bytes.subarray(start), mask);
      if (header.opcode >= FIRST_CONTROL_OPCODE)
        return { opcode: header.opcode, isControl: true, bytes, payload, mask };
      this.#frames.push(bytes);
      this.#payloads.push(payload);
      this.#payloadBytes += payload.length;
      if (header.opcode !== CONTINUATION) this.#opcode = header.opcode;
      if (header.isLast) return this.#message(mask);
    }
    this.isInterrupted = true;
    return undefined;
  }

  #message(mask: Buffer): ClientMessage {
    const message = {
      opcode: this.#opcode,
      isControl: false,
      bytes: whole(this.#frames),
      payload: whole(this.#payloads),
      mask,
    };
    this.#frames = [];
    this.#payloads = [];
    this.#payloadBytes = 0;
    return message;
  }

  #header(): FrameHeader | undefined {
    if (this.#current) return this.#current; // a frame may come in any number of chunks
    const [first] = this.#chunks;
    if (first === undefined) return undefined;
    if (first.length < MAX_HEADER_BYTES && this.#chunks.length > 1) this.#chunks = [whole(this.#chunks)];
    const header = frameHeader(this.#chunks[0] ?? first);
    if (!header) return undefined;
    if (!this.#isValid(header)) throw new ProxyError('bad-websocket-message');
    if (this.#frames.length >= MAX_FRAMES || this.#payloadBytes + (header.payloadBytes ?? 0) > this.maxBytes)
      throw new ProxyError('body-too-large');
    if (header.payloadBytes !== undefined) this.#current = header;
    return header;
  }

  #isValid({ isExtended, isMasked, isLast, opcode, payloadBytes }: FrameHeader): boolean {
    if (isExtended || !isMasked) return false;
    if (opcode >= FIRST_CONTROL_OPCODE)
      return opcode <= LAST_CONTROL_OPCODE && isLast && (payloadBytes ?? 0) <= MAX_CONTROL_BYTES;
    const isFirst = this.#frames.length === 0;
    return opcode === CONTINUATION ? !isFirst : isFirst && opcode <= LAST_DATA_OPCODE;
  }

  #take(bytes: number): Buffer {
    const [first] = this.#chunks;
    const all = first && first.length >= bytes ? first : whole(this.#chunks);
    const rest = all.subarray(bytes);
    const others = all === first ? this.#chunks.slice(1) : [];
    this.#chunks = rest.length === 0 ? others : [rest, ...others];
    this.#bytes -= bytes;
    this.#current = undefined;
    return all.subarray(0, bytes);
  }
}

function whole(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}
