import { InvalidResponse, type ResponseHead } from '../../../src/proxy/http1/response-head';
import { ResponseParser } from '../../../src/proxy/http1/response-parser';
import { expectSame, piecesOf, type Target } from '../target';

/** Of all heads of a response, and of the line before a chunk. */
const MAX_HEAD = 65_536;
const MAX_CHUNK_LINE = 4_096;

/** What came of a response that arrives in pieces. */
export interface Read {
  readonly head: ResponseHead | undefined;
  readonly body: string;
  /** `more`: whole, and followed by bytes for which nobody has asked. */
  readonly end: 'whole' | 'more' | 'invalid' | 'cut off' | 'switched';
  /** What follows a head with which the connection changes its protocol. */
  readonly rest: string;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

export const responses: Target<Read> = {
  name: 'http1-responses',
  about: 'ResponseParser over pieces; RFC 9112 over the whole, line by line',
  corpus: [
    `${OK}Content-Type: application/json\r\nContent-Length: 11\r\n\r\n{"a":"b\xe4"}`,
    `${CHUNKED}5\r\nhello\r\n00A;name="value"\r\n0123456789\r\n0\r\nX-Trailer: a\r\n\r\n`,
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${CHUNKED}0\r\n\r\n`,
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x01a',
    'HTTP/1.0 200\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5, max=100\r\n\r\nuntil the end\r\n',
    'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    `HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: identity\r\nX-A: \t\xa0b \r\n\r\n`,
    `${OK}Content-Length: 3\r\nX: ${'x'.repeat(MAX_HEAD)}\r\n\r\nabc`,
    `${OK}Transfer-Encoding: chunked\r\nX: ${'x'.repeat(MAX_HEAD - 55)}\r\n\r\n1\r\na\r\n0\r\n\r\n`,
    `HTTP/1.1 100 x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n${CHUNKED}0\r\nX: ${'x'.repeat(25_300)}\r\n\r\n`,
  ],
  words: [
    ...[
      '\r\n',
      '\r\n\r\n',
      '\r',
      '\n',
      '\n\n',
      ' ',
      '\t',
      ':',
      ';',
      ',',
      '\0',
      '\x7f',
      '\xa0',
      '0',
      'f',
      '"',
    ],
    ...[
      'HTTP/1.1 ',
      'HTTP/1.0 ',
      'HTTP/2 ',
      '100',
      '101',
      '204',
      '304',
      '200 OK\r\n',
      'HTTP/1.1 100 x\r\n\r\n',
    ],
    ...[
      'Content-Length: 5\r\n',
      'content-length:',
      '+5',
      '5, 5',
      'Transfer-Encoding: ',
      'chunked',
      'identity',
    ],
    ...['Connection: ', 'close', 'keep-alive', 'upgrade', 'Upgrade: x\r\n', 'Keep-Alive: timeout=1\r\n'],
    ...['5\r\nhello\r\n', '0\r\n\r\n', ';a=b\r\n', 'ffffffffffffffffffff', '1000000000000', 'A: b\r\n c\r\n'],
    ...['x'.repeat(MAX_CHUNK_LINE), '0'.repeat(MAX_CHUNK_LINE - 1), 'x'.repeat(65_000), CHUNKED],
  ],
  maxLength: 150_000,
  subject: (input, random) => readPieces(piecesOf(Buffer.from(input, 'latin1'), random), methodOf(input)),
  compare(input, found) {
    const text = Buffer.from(input, 'latin1').toString('latin1'); // each character as one byte, as the parser gets it
    expectSame('the response', written(found), written(slowly(text, methodOf(input))));
  },
};

/** Infinity is none of JSON's numbers. */
function written({ head, body, end, rest }: Read): readonly unknown[] {
  return [head && { ...head, idleMs: String(head.idleMs) }, body, end, rest];
}

/** A part of the inputs are responses to HEAD. */
function methodOf(input: string): string {
  return input.length % 4 === 0 ? 'HEAD' : 'POST';
}

/** Reads a response that arrives in these pieces, before the connection ends. */
export function readPieces(pieces: readonly Buffer[], method: string): Read {
  let head: ResponseHead | undefined;
  let body = '';
  let rest: string | undefined;
  let end: 'whole' | 'more' | undefined;
  const result = (last: Read['end']): Read => ({ head, body, end: last, rest: rest ?? '' });
  const parser = new ResponseParser({
    onHead(found, following) {
      head = found;
      rest = following?.toString('latin1');
    },
    onBody: (bytes) => (body += bytes.toString('latin1')),
    onEnd: (hasRest) => (end = hasRest ? 'more' : 'whole'),
  });
  parser.begin(method);
  for (const piece of pieces) {
    if (rest !== undefined) {
      rest += piece.toString('latin1');
      continue;
    }
    try {
      parser.push(piece);
    } catch (error) {
      if (!(error instanceof InvalidResponse)) throw error;
      return result(end ? 'more' : 'invalid');
    }
    if (end === 'more') return result(end);
  }
  if (rest !== undefined) return result('switched');
  const isWhole = parser.end();
  if (isWhole !== (end !== undefined)) throw new Error('The parser says otherwise than its reader heard.');
  return result(end ?? 'cut off');
}

const STATUS = /^HTTP\/1\.([01]) ([1-9][0-9]{2})( [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([0-9A-Za-z!#$%&'*+.^_`|~-]+):([\t\x20-\x7e\x80-\xff]*)$/;
const SIZE_LINE = /^([0-9A-Fa-f]+)(;[\t\x20-\x7e\x80-\xff]*)?\r\n/;
/** How such a line, cut anywhere, may begin. */
const SIZE_LINE_START = /^(?:[0-9A-Fa-f]+(?:;[\t\x20-\x7e\x80-\xff]*)?\r?)?$/;

type Headers = readonly (readonly [name: string, value: string])[];

/** The same from the whole text: what is refused early by the parser is refused here because it never can become a response. */
function slowly(text: string, method: string): Read {
  const none = { head: undefined, body: '', rest: '' };
  let at = 0;
  for (;;) {
    const end = text.indexOf('\r\n\r\n', at);
    if (end === -1) return { ...none, end: canBecomeHead(text.slice(at), at) ? 'cut off' : 'invalid' };
    const next = end + 4;
    const head = next > MAX_HEAD ? undefined : headOf(text.slice(at, end), method);
    if (!head) return { ...none, end: 'invalid' };
    if (head.status === 101) return { head, body: '', end: 'switched', rest: text.slice(next) };
    at = next;
    if (head.status >= 200) return { head, rest: '', ...bodyOf(text, at, head.framing) };
  }
}

function canBecomeHead(text: string, before: number): boolean {
  const start = 'HTTP/1.';
  if (before + text.length > MAX_HEAD || /(?:^|[^\r])\n/.test(text)) return false;
  return text.startsWith(start) || start.startsWith(text);
}

function headOf(text: string, method: string): ResponseHead | undefined {
  const [first = '', ...lines] = text.split('\r\n');
  const status = STATUS.exec(first);
  const headers = headersOf(lines);
  if (!status || !headers) return undefined;
  const all = (name: string) =>
    headers.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
  const lengths = all('content-length');
  const codings = all('transfer-encoding').map((coding) => coding.toLowerCase());
  if (lengths.length + codings.length > 1) return undefined;
  if (lengths.some((length) => !/^[0-9]{1,15}$/.test(length))) return undefined;
  if (codings.some((coding) => coding !== 'chunked' && coding !== 'identity')) return undefined;
  const code = Number(status[2]);
  const isEmpty = method === 'HEAD' || code < 200 || code === 204 || code === 304;
  const framing = isEmpty
    ? 0
    : codings[0] === 'chunked'
      ? 'chunked'
      : lengths[0]
        ? Number(lengths[0])
        : 'until-close';
  const connection = all('connection').flatMap((value) => value.toLowerCase().split(/[,\s]/));
  const timeout = all('keep-alive').flatMap((value) => /^timeout=([0-9]{1,9})/.exec(value)?.[1] ?? []);
  const keepsByVersion = status[1] === '1' || (codings.length === 0 && connection.includes('keep-alive'));
  return {
    status: code,
    reason: status[3]?.slice(1) ?? '',
    rawHeaders: headers.flat(),
    framing,
    keepsAlive: framing !== 'until-close' && keepsByVersion && !connection.includes('close'),
    idleMs: timeout.length > 0 ? Number(timeout.at(-1)) * 1_000 : Infinity,
    switches: connection.includes('upgrade') && all('upgrade').length > 0,
  };
}

function headersOf(lines: readonly string[]): Headers | undefined {
  const headers = lines.map((line) => HEADER.exec(line));
  if (headers.some((header) => !header)) return undefined;
  return headers.map((header) => [header?.[1] ?? '', (header?.[2] ?? '').replace(/^[\t ]+|[\t ]+$/g, '')]);
}

function bodyOf(text: string, from: number, framing: ResponseHead['framing']): Pick<Read, 'body' | 'end'> {
  if (framing === 'until-close') return { body: text.slice(from), end: 'whole' };
  if (framing === 'chunked') return chunksOf(text, from);
  const end = from + framing;
  return {
    body: text.slice(from, end),
    end: text.length < end ? 'cut off' : text.length > end ? 'more' : 'whole',
  };
}

function chunksOf(text: string, from: number): Pick<Read, 'body' | 'end'> {
  let body = '';
  for (let at = from; ;) {
    const line = SIZE_LINE.exec(text.slice(at));
    if (!line) return { body, end: canBecomeSizeLine(text.slice(at)) ? 'cut off' : 'invalid' };
    const size = sizeOf(line[1] ?? '');
    if (size === undefined || line[0].length - 1 > MAX_CHUNK_LINE) return { body, end: 'invalid' };
    at += line[0].length;
    if (size === 0) return { body, end: trailersEnd(text, at, from) };
    body += text.slice(at, at + size);
    at += size;
    if (at + 2 > text.length)
      return { body, end: at >= text.length || text[at] === '\r' ? 'cut off' : 'invalid' };
    if (text.slice(at, at + 2) !== '\r\n') return { body, end: 'invalid' };
    at += 2;
  }
}

function sizeOf(digits: string): number | undefined {
  const size = BigInt(`0x${digits}`);
  return size <= 2n ** 48n ? Number(size) : undefined;
}

function canBecomeSizeLine(text: string): boolean {
  const digits = /^[0-9A-Fa-f]*/.exec(text)?.[0] ?? '';
  if (digits !== '' && sizeOf(digits) === undefined) return false;
  return SIZE_LINE_START.test(text) && text.length <= MAX_CHUNK_LINE;
}

/** @param headBytes of the heads before the body */
function trailersEnd(text: string, from: number, headBytes: number): Read['end'] {
  const trailers = `\r\n${text.slice(from)}`; // with the line break before them, so that none are an empty line too
  const end = trailers.indexOf('\r\n\r\n');
  if (headBytes + (end === -1 ? trailers.length : end + 4) > MAX_HEAD) return 'invalid';
  if (end === -1) return /[^\r]\n/.test(trailers) ? 'invalid' : 'cut off';
  if (end > 0 && !headersOf(trailers.slice(2, end).split('\r\n'))) return 'invalid';
  return end + 4 < trailers.length ? 'more' : 'whole';
}
