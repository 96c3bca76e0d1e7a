import { InvalidResponse, checkTrailers, parseHead } from '../../../src/proxy/http1/response-head';

const parse = (headers: readonly string[] = [], status = 'HTTP/1.1 200 OK', method = 'GET') =>
  parseHead([status, ...headers].join('\r\n'), method);

/** What it is refused for. */
function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InvalidResponse) return error.message;
    throw error;
  }
  return 'nothing';
}

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
    expect(refusalOf(() => parse(['Content-Length: 0'], line))).toBe('no status line');
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
    expect(refusalOf(() => parse([line]))).toBe('no header line');
    expect(refusalOf(() => parse(['A: b', line, 'C: d']))).toBe('no header line');
  });

  it.each(INVALID)('refuses the trailer %j', (line) => {
    for (const text of [line, `A: b\r\n${line}`])
      expect(
        refusalOf(() => {
          checkTrailers(text);
        }),
      ).toBe('no header line');
  });

  it('lets trailers name what a head would be framed by, which counts for nothing there', () => {
    expect(() => {
      checkTrailers('Content-Length: 1\r\nTransfer-Encoding: chunked\r\nContent-Length: x');
    }).not.toThrow();
  });

  it.each(['A: b\r\n c', 'A: b\r\n\tc', 'A:\r\n b'])('refuses the folded header %j', (lines) => {
    expect(refusalOf(() => parse([lines]))).toBe('no header line');
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

  const NO_LENGTHS = [
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
    ],
  ];
  const NO_CODINGS = [
    ...['', 'gzip', 'gzip, chunked', 'chunked, gzip', 'chunked, chunked', 'chunked;a=b', 'xchunked'],
    ...['"chunked"', 'chunked\xa0'],
  ];

  it.each<[reason: string, headers: string[]]>([
    ['no length', ['Content-Length: 5', 'Content-Length: 5']],
    ['no length', ['Content-Length: 5', 'Content-Length: 6']],
    ...NO_LENGTHS.map((value): [string, string[]] => ['no length', [`Content-Length: ${value}`]]),
    ['two framings', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['two framings', ['Transfer-Encoding: chunked', 'content-length: 5']],
    ['two framings', ['Content-Length: 5', 'Transfer-Encoding: identity']],
    ['no known coding', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['no known coding', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked']],
    ...NO_CODINGS.map((value): [string, string[]] => ['no known coding', [`Transfer-Encoding: ${value}`]]),
  ])('refuses, as %s, the framing %j', (reason, headers) => {
    expect(refusalOf(() => parse(headers))).toBe(reason);
    // Whether there is a body or not: the next one to read the response may see it otherwise.
    expect(refusalOf(() => parse(headers, 'HTTP/1.1 200 OK', 'HEAD'))).toBe(reason);
    expect(refusalOf(() => parse(headers, 'HTTP/1.1 204 No Content'))).toBe(reason);
    expect(refusalOf(() => parse(headers, 'HTTP/1.1 100 Continue'))).toBe(reason);
  });

  it('refuses with an error that has a code', () => {
    const error = new InvalidResponse('no length');
    expect([error.code, error.message]).toEqual(['ERR_HTTP_INVALID_RESPONSE', 'no length']);
  });

  it.each([
    ['Content-Length', 'X-Ratelimit-Id', '5'],
    ['Content-Length', 'Content-Range1', '5'],
    ['Transfer-Encoding', 'If-Modified-Since', 'gzip'],
    ['Transfer-Encoding', 'X-Processing-Time', 'chunked'],
  ])('takes no other header for %s: %s: %s', (meant, name, value) => {
    expect(name).toHaveLength(meant.length);
    expect(parse([`${name}: ${value}`])).toMatchObject({ framing: 'until-close' });
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
    ['1.0', ['xkeep-alive'], false],
    ['1.0', ['x', 'keep-alive'], true],
    ['1.0', ['x,\tkeep-alive'], true],
    ['1.0', ['x'], false],
  ])('keeps a connection of HTTP/%s with Connection: %j: %s', (version, connection, keepsAlive) => {
    const headers = ['Content-Length: 0', ...connection.map((value) => `cOnnection: ${value}`)];
    expect(parse(headers, `HTTP/${version} 200 OK`).keepsAlive).toBe(keepsAlive);
  });

  it.each(['Set-Cookie', 'X-Bookmark', 'Keep-Alive'])('takes no %s for a Connection', (name) => {
    const headers = ['Content-Length: 0', `${name}: close`];
    expect(parse(headers).keepsAlive).toBe(true);
    expect(parse([...headers, 'Connection: close']).keepsAlive).toBe(false);
  });

  it.each<[version: string, header: string, method: string, keeps: boolean]>([
    ['1.0', 'Content-Length: 5', 'GET', true],
    ['1.0', 'Transfer-Encoding: chunked', 'GET', false],
    ['1.0', 'Transfer-Encoding: chunked', 'HEAD', false],
    ['1.1', 'Transfer-Encoding: chunked', 'GET', true],
  ])('with HTTP/%s, keep-alive and %s to a %s keeps the connection: %s', (version, header, method, keeps) => {
    // RFC 9112 §6.1: a coding in HTTP/1.0 is a faulty framing.
    const found = parse(['Connection: keep-alive', header], `HTTP/${version} 200 OK`, method);
    expect(found.keepsAlive).toBe(keeps);
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

  it.each(['Set-Cookie', 'Connection', 'X-Bookmark'])('takes no %s for a Keep-Alive', (name) => {
    expect(parse([`${name}: timeout=5`]).idleMs).toBe(Infinity);
  });

  it.each<[headers: string[], switches: boolean]>([
    [['Upgrade: websocket', 'Connection: Upgrade'], true],
    [['connection: keep-alive, upgrade', 'upgrade: websocket'], true],
    [['Upgrade: websocket'], false],
    [['Connection: Upgrade'], false],
    [['Refresh: 0', 'Connection: Upgrade'], false],
    [['Upgrade: websocket', 'Connection: upgrades'], false],
  ])('with %j changes the protocol: %s', (headers, switches) => {
    expect(parse(headers, 'HTTP/1.1 101 Switching Protocols').switches).toBe(switches);
  });
});
