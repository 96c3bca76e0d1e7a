import { HeldBytes } from './held-bytes';
import { InvalidResponse, checkTrailers, parseHead, type ResponseHead } from './response-head';

/** Takes what a parser finds. */
export interface ResponseReader {
  /**
   * The head of the response; not of the interim ones before it.
   * @param rest what follows a head with which the connection changes its protocol: the parser reads nothing of that
   */
  onHead(head: ResponseHead, rest: Buffer | undefined): void;
  /** A part of the body; a view of what was pushed. */
  onBody(bytes: Buffer): void;
  /**
   * The response is whole.
   * @param hasRest whether more bytes have come with it, for which nobody has asked
   */
  onEnd(hasRest: boolean): void;
}

/** Of all heads of one response, interim ones and trailers included: what no provider reaches. */
export const MAX_HEAD_BYTES = 65_536;
/** Of the line before a chunk, with its extensions. */
const MAX_CHUNK_LINE_BYTES = 4_096;
/** No chunk is longer, so that its size is exact. */
const MAX_CHUNK_BYTES = 2 ** 48;
const START = 'HTTP/1.';
const LINE_BREAK = Buffer.from('\r\n');
const HEAD_END = '\r\n\r\n';
const CR = 13;
const LF = 10;
const SEMICOLON = 59;
const SPACE = 32;
const TAB = 9;
const DELETE = 127;

/** What the next bytes are. */
type State =
  | 'idle'
  | 'head'
  | 'body'
  | 'until-close'
  | 'chunk-size'
  | 'chunk-extension'
  | 'chunk-line-feed'
  | 'chunk'
  | 'chunk-return'
  | 'chunk-end'
  | 'trailers';

/**
 * Reads one response after the other from the bytes of a connection, and takes the chunked coding away. It is as strict as
 * Node's own parser; a response for which no request waits is none.
 */
export class ResponseParser {
  #state: State = 'idle';
  #method = '';
  #headBytes = 0;
  /** The bytes of the body, or of the chunk, that are to come. */
  #left = 0;
  /** Of the line before a chunk. */
  #lineBytes = 0;
  readonly #held = new HeldBytes();

  constructor(private readonly reader: ResponseReader) {}

  /** Expects the response to a request. */
  begin(method: string): void {
    this.#method = method;
    this.#headBytes = 0;
    this.#state = 'head';
  }

  /** @throws InvalidResponse, after which the connection cannot be used */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'chunk-size':
          at = this.#chunkSize(bytes, at);
          break;
        case 'chunk':
          at = this.#part(bytes, at);
          if (this.#left === 0) this.#state = 'chunk-return';
          break;
        case 'chunk-return':
          at = expect(bytes, at, CR);
          this.#state = 'chunk-end';
          break;
        case 'chunk-end':
          at = expect(bytes, at, LF);
          this.#beginChunk();
          break;
        case 'chunk-line-feed':
          at = expect(bytes, at, LF);
          this.#state = this.#left > 0 ? 'chunk' : 'trailers';
          break;
        case 'chunk-extension':
          at = this.#chunkExtension(bytes, at);
          break;
        case 'trailers':
          at = this.#trailers(bytes, at);
          break;
        case 'body':
          at = this.#part(bytes, at);
          if (this.#left === 0) this.#end(at < bytes.length);
          break;
        case 'until-close':
          this.reader.onBody(at === 0 ? bytes : bytes.subarray(at));
          return;
        case 'head':
          at = this.#head(bytes, at);
          break;
        case 'idle':
          // After the end of a response that is known: its reader was told of the rest.
          if (at > 0) return;
          throw new InvalidResponse('nobody has asked');
      }
    }
  }

  /**
   * The connection has ended.
   * @returns whether a response may end so, or none was expected
   */
  end(): boolean {
    if (this.#state === 'until-close') this.#end(false);
    return this.#state === 'idle';
  }

  #head(bytes: Buffer, from: number): number {
    const [text, at] = this.#textTo(bytes, from);
    if (text === undefined) {
      const seen = this.#held.view().toString('latin1', 0, START.length);
      if (!START.startsWith(seen)) throw new InvalidResponse('not HTTP/1');
      return at;
    }
    const head = parseHead(text, this.#method);
    if (head.status === 101) {
      this.#state = 'idle';
      this.reader.onHead(head, bytes.subarray(at));
      return bytes.length;
    }
    if (head.status < 200) return at;
    const { framing } = head;
    if (framing === 'chunked') this.#beginChunk();
    else if (framing === 'until-close') this.#state = 'until-close';
    else {
      this.#state = 'body';
      this.#left = framing;
    }
    this.reader.onHead(head, undefined);
    if (framing === 0) this.#end(at < bytes.length);
    return at;
  }

  /** The text before the next empty line, which may have begun in earlier bytes, and where what follows begins. */
  #textTo(bytes: Buffer, from: number): readonly [text: string | undefined, at: number] {
    const held = this.#held;
    const before = held.length;
    let view = bytes;
    let start = from;
    if (before > 0) {
      held.add(from === 0 ? bytes : bytes.subarray(from));
      view = held.view();
      start = 0;
    }
    const end = view.indexOf(
      HEAD_END,
      before > 0 ? Math.max(0, before - HEAD_END.length + 1) : from,
      'latin1',
    );
    const length = (end === -1 ? view.length : end + HEAD_END.length) - start;
    if (this.#headBytes + length > MAX_HEAD_BYTES) throw new InvalidResponse('too long a head');
    if (end === -1) {
      if (before === 0) held.add(bytes.subarray(from));
      refuseLoneLineFeed(held.view(), before);
      return [undefined, bytes.length];
    }
    this.#headBytes += length;
    const text = view.toString('latin1', start, end);
    held.clear();
    return [text, from + length - before];
  }

  #part(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    this.reader.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    return end;
  }

  #beginChunk(): void {
    this.#state = 'chunk-size';
    this.#left = 0;
    this.#lineBytes = 0;
  }

  #chunkSize(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      const digit = hexDigit(byte);
      if (digit === -1) {
        if (this.#lineBytes === 0 && at === from) throw new InvalidResponse('no chunk size');
        if (byte === CR) this.#state = 'chunk-line-feed';
        else if (byte === SEMICOLON) this.#state = 'chunk-extension';
        else throw new InvalidResponse('no chunk size');
        at++;
        break;
      }
      this.#left = this.#left * 16 + digit;
      if (this.#left > MAX_CHUNK_BYTES) throw new InvalidResponse('too long a chunk');
    }
    this.#countLine(at - from);
    return at;
  }

  #chunkExtension(bytes: Buffer, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === CR) {
        this.#state = 'chunk-line-feed';
        at++;
        break;
      }
      if ((byte < SPACE && byte !== TAB) || byte === DELETE) throw new InvalidResponse('no chunk extension');
    }
    this.#countLine(at - from);
    return at;
  }

  #countLine(bytes: number): void {
    this.#lineBytes += bytes;
    if (this.#lineBytes > MAX_CHUNK_LINE_BYTES) throw new InvalidResponse('too long a chunk line');
  }

  #trailers(bytes: Buffer, from: number): number {
    if (this.#held.length === 0) {
      const isShort = this.#headBytes + HEAD_END.length <= MAX_HEAD_BYTES;
      if (isShort && bytes[from] === CR && bytes[from + 1] === LF) {
        this.#end(from + 2 < bytes.length);
        return from + 2;
      }
      this.#held.add(LINE_BREAK); // of the last chunk's line: without trailers the empty line is all there is
    }
    const [text, at] = this.#textTo(bytes, from);
    if (text === undefined) return at;
    if (text !== '') checkTrailers(text.slice(LINE_BREAK.length));
    this.#end(at < bytes.length);
    return at;
  }

  #end(hasRest: boolean): void {
    this.#state = 'idle';
    this.reader.onEnd(hasRest);
  }
}

function expect(bytes: Buffer, at: number, byte: number): number {
  if (bytes[at] !== byte) throw new InvalidResponse('no line break');
  return at + 1;
}

/** -1 if it is none. */
function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Such a head would be waited for without end. */
function refuseLoneLineFeed(bytes: Buffer, from: number): void {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1))
    if (bytes[at - 1] !== CR) throw new InvalidResponse('a lone line feed');
}
