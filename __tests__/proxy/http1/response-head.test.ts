import { InvalidResponse, checkTrailers, parseHead } from '../../../src/proxy/http1/response-head';

const parse = (headers: readonly string[] = [], status = 'HTTP/1.1 200 OK', method = 'GET') =>
  parseHead([status, ...headers].join('\r\n'), method);

describe('parseHead', () => {
  it('gives the headers as they were received', () => {
    expect(parse(['Content-Type: text/plain', 'x-A:b', 'X-a:  c, d', 'content-length: 3'])).toEqual({
      status: 200,
      reason: 'OK',
      rawHeaders: ['Content-Type', 'text/plain', 'x-A', 'b', 'X-a', 'c, d', 'content-length', '3'],
      framing: 3,
      keepsAlive: true,
      idleMs: Infinity,
      switches: false,
    });
  });

  it.each([
    ['HTTP/1.1 200 OK', 200, 'OK'],
    ['HTTP/1.0 404 Not Found', 404, 'Not Found'],
    ['HTTP/1.1 200', 200, ''],
    ['HTTP/1.1 200 ', 200, ''],
    ['HTTP/1.1 200  two spaces ', 200, ' two spaces '],
    ['HTTP/1.1 100 x', 100, 'x'],
    ['HTTP/1.1 999 x', 999, 'x'],
    ['HTTP/1.1 500 \xe4\t\xff', 500, '\xe4\t\xff'],
  ])('reads the status line %j', (line, status, reason) => {
    expect(parse(['Content-Length: 0'], line)).toMatchObject({ status, reason });
  });

  it.each([
    ...['', 'HTTP/1.1', 'HTTP/1.1 ', 'HTTP/1.1 20', 'HTTP/1.1 2000', 'HTTP/1.1 2x0 OK', 'HTTP/1.1 099 x'],
    ...['HTTP/1.1 000 x', 'HTTP/1.1  200 OK', 'HTTP/1.1\t200 OK', 'HTTP/1.1 200\tOK', 'HTTP/1.1 200OK'],
    ...['http/1.1 200 OK', 'HTTP/1.2 200 OK', 'HTTP/2.0 200 OK', 'HTTP/1.10 200 OK', 'HTTP/11 200 OK'],
    ...['HTTP/1.1 -20 OK', 'HTTP/1.1 +200 OK', 'XHTTP/1.1 200 OK', 'ICY 200 OK'],
    ...[
      'HTTP/1.1 200 a\rb',
      'HTTP/1.1 200 a\nb',
      'HTTP/1.1 200 a\0b',
      'HTTP/1.1 200 a\x7fb',
      'HTTP/1.1 200 \x1b',
    ],
  ])('refuses the status line %j', (line) => {
    expect(() => parse(['Content-Length: 0'], line)).toThrow(InvalidResponse);
  });

  it.each([
    ['A:b', 'b'],
    ['A: b', 'b'],
    ['A: \t b\t \t', 'b'],
    ['A:', ''],
    ['A: \t ', ''],
    ['A: b c\td', 'b c\td'],
    ['A: b:c', 'b:c'],
    ['A: \xa0b\xa0', '\xa0b\xa0'],
    ['A: \x85b\xff', '\x85b\xff'],
    ['A: "b\\"', '"b\\"'],
  ])('reads %j', (line, value) => {
    expect(parse([line]).rawHeaders).toEqual(['A', value]);
  });

  const INVALID = [
    ...[
      'none',
      ': b',
      ' A: b',
      '\tA: b',
      'A : b',
      'A\t: b',
      'A B: c',
      '',
      'A(: b',
      '"A": b',
      '\xe4: b',
      'A\0: b',
    ],
    ...[
      'A: b\rc',
      'A: b\nc',
      'A: b\0',
      'A: \x01',
      'A: \x08',
      'A: \x0b',
      'A: \x0c',
      'A: \x1f',
      'A: \x7f',
      'A\r: b',
    ],
  ];

  it.each(INVALID)('refuses the header line %j', (line) => {
    expect(() => parse([line])).toThrow(InvalidResponse);
    expect(() => parse(['A: b', line, 'C: d'])).toThrow(InvalidResponse);
  });

  it.each(INVALID)('refuses the trailer %j', (line) => {
    expect(() => {
      checkTrailers(line);
    }).toThrow(InvalidResponse);
    expect(() => {
      checkTrailers(`A: b\r\n${line}`);
    }).toThrow(InvalidResponse);
  });

  it('lets trailers name what a head would be framed by, which counts for nothing there', () => {
    expect(() => {
      checkTrailers('Content-Length: 1\r\nTransfer-Encoding: chunked\r\nContent-Length: x');
    }).not.toThrow();
  });

  it.each(['A: b\r\n c', 'A: b\r\n\tc', 'A:\r\n b'])('refuses the folded header %j', (lines) => {
    expect(() => parse([lines])).toThrow(InvalidResponse);
  });

  it.each<[headers: string[], framing: unknown, status?: string, method?: string]>([
    [[], 'until-close'],
    [['Content-Length: 0'], 0],
    [['Content-Length: 007'], 7],
    [['CONTENT-LENGTH:\t12 '], 12],
    [['Content-Length: 999999999999999'], 999_999_999_999_999],
    [['Transfer-Encoding: chunked'], 'chunked'],
    [['transfer-encoding: CHUNKED '], 'chunked'],
    [['Transfer-Encoding: identity'], 'until-close'],
    [['X-Content-Length: 5', 'Content-Lengths: 6'], 'until-close'],
    [['Transfer-Encodings: chunked'], 'until-close'],
    [['Content-Length: 5'], 0, 'HTTP/1.1 204 No Content'],
    [['Content-Length: 5'], 0, 'HTTP/1.1 304 Not Modified'],
    [['Content-Length: 5'], 0, 'HTTP/1.1 103 Early Hints'],
    [['Content-Length: 5'], 0, 'HTTP/1.1 200 OK', 'HEAD'],
    [['Transfer-Encoding: chunked'], 0, 'HTTP/1.1 200 OK', 'HEAD'],
    [[], 0, 'HTTP/1.1 200 OK', 'HEAD'],
    [['Content-Length: 5'], 5, 'HTTP/1.1 205 Reset Content'],
    [['Content-Length: 5'], 5, 'HTTP/1.0 200 OK'],
  ])('with %j has the framing %j', (headers, framing, status = 'HTTP/1.1 200 OK', method = 'GET') => {
    expect(parse(headers, status, method).framing).toBe(framing);
  });

  it.each([
    ...[
      ['Content-Length: 5', 'Content-Length: 5'],
      ['Content-Length: 5', 'Content-Length: 6'],
    ],
    ...[
      '5, 5',
      '5,5',
      '+5',
      '-5',
      '0x5',
      '5 5',
      '5.0',
      '5e1',
      'five',
      '',
      '\xb2',
      '\xa05',
      '1000000000000000',
    ].map((value) => [`Content-Length: ${value}`]),
    ...[
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: chunked', 'content-length: 5'],
    ],
    ['Content-Length: 5', 'Transfer-Encoding: identity'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'],
    ...[
      '',
      'gzip',
      'gzip, chunked',
      'chunked, gzip',
      'chunked, chunked',
      'chunked;a=b',
      'xchunked',
      '"chunked"',
    ].map((value) => [`Transfer-Encoding: ${value}`]),
    ['Transfer-Encoding: chunked\xa0'],
  ])('refuses the framing %j %j', (...headers) => {
    expect(() => parse(headers)).toThrow(InvalidResponse);
    // Whether there is a body or not: the next one to read the response may see it otherwise.
    expect(() => parse(headers, 'HTTP/1.1 200 OK', 'HEAD')).toThrow(InvalidResponse);
    expect(() => parse(headers, 'HTTP/1.1 204 No Content')).toThrow(InvalidResponse);
    expect(() => parse(headers, 'HTTP/1.1 100 Continue')).toThrow(InvalidResponse);
  });

  it.each<[version: string, connection: string[], keepsAlive: boolean]>([
    ['1.1', [], true],
    ['1.0', [], false],
    ['1.1', ['close'], false],
    ['1.1', ['Close'], false],
    ['1.1', ['x, close'], false],
    ['1.1', ['close,x'], false],
    ['1.1', ['x', 'close'], false],
    ['1.1', ['keep-alive, close'], false],
    ['1.1', ['close', 'keep-alive'], false],
    ['1.1', ['closed'], true],
    ['1.1', ['x-close'], true],
    ['1.1', ['close-x'], true],
    ['1.1', ['x'], true],
    ['1.1', ['keep-alive'], true],
    ['1.0', ['keep-alive'], true],
    ['1.0', ['Keep-Alive, x'], true],
    ['1.0', ['keep-alive', 'close'], false],
    ['1.0', ['keep-alivex'], false],
    ['1.0', ['x'], false],
  ])('keeps a connection of HTTP/%s with Connection: %j: %s', (version, connection, keepsAlive) => {
    const headers = ['Content-Length: 0', ...connection.map((value) => `cOnnection: ${value}`)];
    expect(parse(headers, `HTTP/${version} 200 OK`).keepsAlive).toBe(keepsAlive);
  });

  it('does not keep a connection whose end is that of the body', () => {
    expect(parse(['Connection: keep-alive']).keepsAlive).toBe(false);
    expect(parse(['Connection: keep-alive'], 'HTTP/1.1 204 x').keepsAlive).toBe(true);
  });

  it.each([
    ['timeout=5', 5_000],
    ['timeout=5, max=100', 5_000],
    ['timeout=0', 0],
    ['max=5', Infinity],
    ['timeout=x', Infinity],
    ['timeout=-1', Infinity],
    ['', Infinity],
  ])('reads of Keep-Alive: %s how long a connection may be idle', (value, idleMs) => {
    expect(parse([`keep-alive: ${value}`]).idleMs).toBe(idleMs);
  });

  it.each<[headers: string[], switches: boolean]>([
    [['Upgrade: websocket', 'Connection: Upgrade'], true],
    [['connection: keep-alive, upgrade', 'upgrade: websocket'], true],
    [['Upgrade: websocket'], false],
    [['Connection: Upgrade'], false],
    [['Upgrade: websocket', 'Connection: upgrades'], false],
  ])('with %j changes the protocol: %s', (headers, switches) => {
    expect(parse(headers, 'HTTP/1.1 101 Switching Protocols').switches).toBe(switches);
  });
});
