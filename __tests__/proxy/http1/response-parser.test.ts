import { readPieces, type Read as ReadWithHead } from '../../../scripts/fuzz/targets/responses';
import { InvalidResponse } from '../../../src/proxy/http1/response-head';
import { MAX_HEAD_BYTES, ResponseParser } from '../../../src/proxy/http1/response-parser';

/** With status and framing in place of the head. */
type Read = Omit<ReadWithHead, 'head'> & { readonly head: string | undefined };

function read(pieces: readonly Buffer[], method: string): Read {
  const { head, ...others } = readPieces(pieces, method);
  return { head: head && `${head.status} ${head.framing}`, ...others };
}

/** Whole, byte by byte, and in two pieces, split at every position; of a long text only at those near its ends. */
function* chunkings(text: string): Generator<readonly Buffer[]> {
  const bytes = Buffer.from(text, 'latin1');
  yield [bytes];
  yield Array.from(bytes, (_byte, at) => bytes.subarray(at, at + 1));
  for (let at = 1; at < bytes.length; at++)
    if (bytes.length < 1_000 || at < 30 || at > bytes.length - 30)
      yield [bytes.subarray(0, at), bytes.subarray(at)];
}

function readInEveryWay(text: string, method = 'GET'): Read {
  const [first, ...others] = [...chunkings(text)].map((pieces) => read(pieces, method));
  if (!first) throw new Error('no text');
  for (const other of others) expect(other).toEqual(first);
  return first;
}

const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
const CHUNKED = head('Transfer-Encoding: chunked');
const INVALID: Read = { head: undefined, body: '', end: 'invalid', rest: '' };
const inChunks = (body: string, end: Read['end']): Read => ({ head: '200 chunked', body, end, rest: '' });

describe('ResponseParser', () => {
  it.each<[what: string, text: string, head: string, body: string, end: Read['end'], method?: string]>([
    ['a length', `${head('Content-Length: 5')}hello`, '200 5', 'hello', 'whole'],
    ['a length that is not reached', `${head('Content-Length: 5')}hell`, '200 5', 'hell', 'cut off'],
    ['a length, and more', `${head('Content-Length: 4')}hello`, '200 4', 'hell', 'more'],
    ['a length of none', head('Content-Length: 0'), '200 0', '', 'whole'],
    ['a length of none, and more', `${head('Content-Length: 0')}x`, '200 0', '', 'more'],
    ['a length with zeros before it', `${head('Content-Length: 0005')}hello`, '200 5', 'hello', 'whole'],
    ['no framing', `${head()}hello\r\n`, '200 until-close', 'hello\r\n', 'whole'],
    ['no framing, and no body', head(), '200 until-close', '', 'whole'],
    ['identity', `${head('Transfer-Encoding: identity')}a`, '200 until-close', 'a', 'whole'],
    ['identity in capitals', `${head('transfer-encoding: IDENTITY')}a`, '200 until-close', 'a', 'whole'],
    ['chunks', `${CHUNKED}5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n`, '200 chunked', 'hello!', 'whole'],
    ['chunked in capitals', `${head('TRANSFER-ENCODING: Chunked')}0\r\n\r\n`, '200 chunked', '', 'whole'],
    ['chunks, and more', `${CHUNKED}1\r\na\r\n0\r\n\r\nHTTP/1.1`, '200 chunked', 'a', 'more'],
    ['HEAD with a length', head('Content-Length: 5'), '200 0', '', 'whole', 'HEAD'],
    ['HEAD with chunks', CHUNKED, '200 0', '', 'whole', 'HEAD'],
    ['HEAD with a body', `${head('Content-Length: 1')}a`, '200 0', '', 'more', 'HEAD'],
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', '204 0', '', 'whole'],
    ['304', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', '304 0', '', 'whole'],
    ['304 with chunks', 'HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n', '304 0', '', 'whole'],
    ['100 before it', `HTTP/1.1 100 Continue\r\n\r\n${CHUNKED}0\r\n\r\n`, '200 chunked', '', 'whole'],
    [
      'several interim heads before it',
      `HTTP/1.1 102 x\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${head('Content-Length: 1')}a`,
      ...(['200 1', 'a', 'whole'] as const),
    ],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 1\r\n\r\na', '200 1', 'a', 'whole'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', '200 1', 'a', 'whole'],
  ])('reads a response with %s', (_what, text, found, body, end, method = 'GET') => {
    expect(readInEveryWay(text, method)).toEqual({ head: found, body, end, rest: '' });
  });

  it.each(['', 'HTTP/1.1 200 OK\r\n\r\n', '\x81\x01a\r\n\r\n\0'])(
    'hands on what follows a head with status 101: %j',
    (rest) => {
      const text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n${rest}`;
      expect(readInEveryWay(text)).toEqual({ head: '101 0', body: '', end: 'switched', rest });
    },
  );

  it.each<[what: string, chunks: string, body: string]>([
    ['an extension', '5;name=value\r\nhello\r\n0;last\r\n\r\n', 'hello'],
    ['an extension in quotes', '5;a="b;c\tä"\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['an empty extension', '5;\r\nhello\r\n0;\r\n\r\n', 'hello'],
    ['a space in an extension', '5; a = b \r\nhello\r\n0\r\n\r\n', 'hello'],
    ['sizes in capitals', 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n', '01234567890123456789'],
    ['a size of the last digit', '9\r\n012345678\r\n0\r\n\r\n', '012345678'],
    ['a size of the last letter', 'f\r\n0123456789abcde\r\n0\r\n\r\n', '0123456789abcde'],
    ['a size of the last letter in capitals', 'F\r\n0123456789abcde\r\n0\r\n\r\n', '0123456789abcde'],
    ['sizes with zeros before them', '0000000000000000000005\r\nhello\r\n000\r\n\r\n', 'hello'],
    ['line breaks in the data', '4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
    ['trailers', '1\r\na\r\n0\r\nA: b\r\nC:\r\n\r\n', 'a'],
    ['a line of 4 KB', `1;${'x'.repeat(4_093)}\r\na\r\n0\r\n\r\n`, 'a'],
    ['a size of 4 KB', `${'0'.repeat(4_094)}1\r\na\r\n0\r\n\r\n`, 'a'],
  ])('reads chunks with %s', (_what, chunks, body) => {
    expect(readInEveryWay(CHUNKED + chunks)).toEqual(inChunks(body, 'whole'));
    expect(readInEveryWay(`${CHUNKED}${chunks}x`)).toEqual(inChunks(body, 'more'));
    expect(readInEveryWay((CHUNKED + chunks).slice(0, -1))).toEqual(inChunks(body, 'cut off'));
  });

  it.each<[what: string, chunks: string, body: string]>([
    ['no size', '\r\nhello\r\n', ''],
    ['an extension without a size', ';a\r\n', ''],
    ['a size that is no number', '5g\r\nhello\r\n', ''],
    ['a signed size', '+5\r\nhello\r\n', ''],
    ['a negative size', '-1\r\nhello\r\n', ''],
    ['a size with 0x', '0x5\r\nhello\r\n', ''],
    ['a space before the size', ' 5\r\nhello\r\n', ''],
    ['a space after the size', '5 \r\nhello\r\n', ''],
    ['a space before the extension', '5 ;a\r\nhello\r\n', ''],
    ['a size beyond all numbers', `${'f'.repeat(400)}\r\n`, ''],
    ['a size that does not fit into 48 bits', '1000000000001\r\n', ''],
    ['a size that 64 bits would make small', '10000000000000005\r\nhello\r\n', ''],
    ['a line feed alone after the size', '5\nhello\r\n', ''],
    ['two line feeds after the size', '5\n\nhello\r\n', ''],
    ['a carriage return alone after the size', '5\rhello\r\n', ''],
    ['a line feed alone in an extension', '5;a\nhello\r\n', ''],
    ['a carriage return alone in an extension', '5;a\rb\r\nhello\r\n', ''],
    ['a control character in an extension', '5;a\x00\r\nhello\r\n', ''],
    ['DEL in an extension', '5;a\x7f\r\nhello\r\n', ''],
    ['data that is longer than its size', '4\r\nhello\r\n', 'hell'],
    ['data that a line feed alone ends', '5\r\nhello\n0\r\n\r\n', 'hello'],
    ['data that a carriage return alone ends', '5\r\nhello\r0\r\n\r\n', 'hello'],
    ['a line of more than 4 KB', `1;${'x'.repeat(4_094)}\r\na\r\n`, ''],
    ['a size of more than 4 KB', `${'0'.repeat(4_095)}1\r\na\r\n`, ''],
    ['an extension without an end', `1;${'x'.repeat(5_000)}`, ''],
    ['trailers that are none', '0\r\nnone\r\n\r\n', ''],
    ['a trailer without a name', '0\r\n: x\r\n\r\n', ''],
    ['a folded trailer', '0\r\nA: b\r\n c\r\n\r\n', ''],
    ['a space before the colon of a trailer', '0\r\nA : b\r\n\r\n', ''],
    ['a line feed alone in trailers', '0\r\nA: b\nC: d\r\n\r\n', ''],
    ['a line feed alone for trailers', '0\r\n\n', ''],
    ['a character and a line feed for trailers', '0\r\nA\n', ''],
    ['a carriage return alone in trailers', '0\r\nA: b\rC: d\r\n\r\n', ''],
    ['trailers of more than 64 KB', `0\r\nA: ${'x'.repeat(MAX_HEAD_BYTES)}\r\n\r\n`, ''],
    ['trailers without an end', `0\r\nA: ${'x'.repeat(MAX_HEAD_BYTES)}`, ''],
  ])('refuses chunks with %s', (_what, chunks, body) => {
    expect(readInEveryWay(CHUNKED + chunks)).toEqual(inChunks(body, 'invalid'));
  });

  it('reads a chunk of 2^48 bytes', () => {
    expect(readInEveryWay(`${CHUNKED}1000000000000\r\nhello`)).toEqual(inChunks('hello', 'cut off'));
  });

  it.each([
    ['not HTTP/1', 'SSH'],
    ['a lone line feed', 'HTTP/1.1 200 OK\n'],
    ['too long a head', `HTTP/1.1 200 OK\r\nA: ${'x'.repeat(MAX_HEAD_BYTES)}`],
    ['no chunk size', `${CHUNKED}\r\n`],
    ['no chunk size', `${CHUNKED}5g`],
    ['too long a chunk', `${CHUNKED}1000000000001`],
    ['too long a chunk line', `${CHUNKED}1;${'x'.repeat(4_095)}`],
    ['no chunk extension', `${CHUNKED}1;\0`],
    ['no line break', `${CHUNKED}1\rx`],
    ['no line break', `${CHUNKED}1\r\na\n`],
    ['no header line', `${CHUNKED}0\r\nnone\r\n\r\n`],
    ['nobody has asked', `HTTP/1.1 101 x\r\n\r\n`, 'x'],
  ])('says why it refuses what it does: %s', (reason, ...pieces) => {
    const ignore = () => undefined;
    const parser = new ResponseParser({ onHead: ignore, onBody: ignore, onEnd: ignore });
    parser.begin('GET');
    expect(() => {
      for (const piece of pieces) parser.push(Buffer.from(piece));
    }).toThrow(new InvalidResponse(reason));
  });

  it.each([
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['HTTP/0.9', '<html>'],
    ['an empty line before it', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['a space before it', ' HTTP/1.1 200 OK\r\n\r\n'],
    ['a line feed alone after the status line', 'HTTP/1.1 200 OK\nA: b\r\n\r\n'],
    ['only line feeds', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a line feed alone after a header', 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n'],
    ['a line feed alone, and no end', 'HTTP/1.1 200 OK\r\nA: b\nC: d'],
    ['a carriage return alone', 'HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n'],
    ['a carriage return before a line break', 'HTTP/1.1 200 OK\r\nA: b\r\r\n\r\n'],
    ['a length and chunks', head('Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['an interim head that is none', 'HTTP/1.1 100 Continue\r\nnone\r\n\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['something else after an interim head', 'HTTP/1.1 100 Continue\r\n\r\nhello'],
  ])('refuses %s', (_what, text) => {
    expect(readInEveryWay(text)).toEqual(INVALID);
  });

  describe('of long heads', () => {
    const START = 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nA: ';
    const INTERIM = 'HTTP/1.1 103 x\r\nB: ';
    const END = '\r\n\r\n';
    const padded = (text: string, bytes: number) => text + 'x'.repeat(bytes - text.length - END.length) + END;

    it('reads 64 KB', () => {
      const text = `${padded(START, MAX_HEAD_BYTES)}a`;
      expect(readInEveryWay(text)).toEqual({ head: '200 1', body: 'a', end: 'whole', rest: '' });
    });

    it('reads the heads of the next response on the connection, however long those before were', () => {
      const found: number[] = [];
      const parser = new ResponseParser({
        onHead: ({ status }) => found.push(status),
        onBody: () => undefined,
        onEnd: () => undefined,
      });
      for (let count = 0; count < 3; count++) {
        parser.begin('GET');
        parser.push(Buffer.from(`${padded(START, 40_000)}a`));
      }
      expect(found).toEqual([200, 200, 200]);
    });

    it('refuses more', () => {
      expect(readInEveryWay(`${padded(START, MAX_HEAD_BYTES + 1)}a`)).toEqual(INVALID);
      expect(readInEveryWay(START + 'x'.repeat(MAX_HEAD_BYTES))).toEqual(INVALID);
    });

    it('counts interim heads with them', () => {
      const heads = (bytes: number) =>
        padded(INTERIM, 30_000) + padded(INTERIM, 30_000) + padded(START, bytes - 60_000);
      expect(readInEveryWay(`${heads(MAX_HEAD_BYTES)}a`)).toMatchObject({ head: '200 1', end: 'whole' });
      expect(readInEveryWay(`${heads(MAX_HEAD_BYTES + 1)}a`)).toEqual(INVALID);
      expect(readInEveryWay('HTTP/1.1 100 x\r\n\r\n'.repeat(4_000))).toEqual(INVALID);
    });

    it('counts trailers with them', () => {
      const whole = (bytes: number) =>
        `${padded('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: ', 60_000)}0${padded('\r\nA: ', bytes)}`;
      expect(readInEveryWay(whole(MAX_HEAD_BYTES - 60_000))).toEqual(inChunks('', 'whole'));
      expect(readInEveryWay(whole(MAX_HEAD_BYTES - 60_000 + 1))).toEqual(inChunks('', 'invalid'));
    });
  });

  it('refuses the empty line after the last chunk beyond 64 KB of head, however it arrives', () => {
    // In one piece with its line break it was accepted, in two it was not.
    const START = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: ';
    const whole = (bytes: number) => `${START}${'x'.repeat(bytes - START.length - 8)}\r\n\r\n0\r\n\r\n`;
    expect(readInEveryWay(whole(MAX_HEAD_BYTES))).toEqual(inChunks('', 'whole'));
    expect(readInEveryWay(whole(MAX_HEAD_BYTES + 1))).toEqual(inChunks('', 'invalid'));
  });

  describe('without a request', () => {
    const parser = () => {
      const fail = () => {
        throw new Error('nothing was expected');
      };
      return new ResponseParser({ onHead: fail, onBody: fail, onEnd: fail });
    };

    it('refuses any byte', () => {
      expect(() => {
        parser().push(Buffer.from('H'));
      }).toThrow(InvalidResponse);
      expect(() => {
        parser().push(Buffer.from('\r\n'));
      }).toThrow(InvalidResponse);
    });

    it('accepts the end', () => {
      expect(parser().end()).toBe(true);
    });
  });

  it('gives a body as views of what it was given, and what is nothing else as it is', () => {
    const bodies: Buffer[] = [];
    const parser = new ResponseParser({
      onHead: () => undefined,
      onBody: (bytes) => bodies.push(bytes),
      onEnd: () => undefined,
    });
    parser.begin('GET');
    const first = Buffer.from(`${head('Content-Length: 8')}hell`);
    const second = Buffer.from('o');
    const third = Buffer.from('youandmore');
    for (const piece of [first, second, third]) parser.push(piece);
    expect(bodies.map(String)).toEqual(['hell', 'o', 'you']);
    expect(bodies[0]?.buffer).toBe(first.buffer);
    expect(bodies[1]).toBe(second);
    expect(bodies[2]?.buffer).toBe(third.buffer);
    parser.begin('GET');
    parser.push(Buffer.from(head()));
    parser.push(third);
    expect(bodies[3]).toBe(third);
  });
});
