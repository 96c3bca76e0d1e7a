import { errorCode } from '../../../src/errors/node-errors';
import { writeHead, type RequestHead } from '../../../src/proxy/http1/request-head';

const HEAD = { method: 'POST', path: '/v1/x?a=b', headers: ['Host', 'example.com', 'x-A', ' b\t'] };

/** Of the error with which it is refused. */
function codeOf(head: RequestHead): string | undefined {
  try {
    writeHead(head, 'close');
    return undefined;
  } catch (error) {
    return errorCode(error);
  }
}

describe('writeHead', () => {
  it('writes the headers as they are, in their order, and the connection’s last', () => {
    expect(writeHead(HEAD, 'keep-alive')).toBe(
      'POST /v1/x?a=b HTTP/1.1\r\nHost: example.com\r\nx-A:  b\t\r\nConnection: keep-alive\r\n\r\n',
    );
    expect(writeHead(HEAD, 'close')).toMatch(/\r\nConnection: close\r\n\r\n$/);
    expect(writeHead(HEAD, undefined)).toMatch(/x-A: {2}b\t\r\n\r\n$/);
  });

  it('lets Latin-1 pass in a path and a value', () => {
    const head = writeHead({ ...HEAD, path: '/\xe4\x80', headers: ['A', '\xff\xa0\x85'] }, undefined);
    expect(head).toBe('POST /\xe4\x80 HTTP/1.1\r\nA: \xff\xa0\x85\r\n\r\n');
  });

  it.each(['', 'GET ', 'get', 'G T', 'GET\r\nX:', 'GET\n', 'GET\r', 'G\0', 'G\xe4T', 'GET /x HTTP/1.1\r\n'])(
    'refuses the method %j',
    (method) => {
      expect(codeOf({ ...HEAD, method })).toBe('ERR_UNESCAPED_CHARACTERS');
    },
  );

  it.each([
    '',
    ' ',
    '/a b',
    '/a\r\nX: y',
    '/a\n',
    '/a\r',
    '/a\t',
    '/\0',
    '/\x7f',
    '/\u0100',
    '/\u010a',
    '/\ud83d\ude00',
  ])('refuses the path %j', (path) => {
    expect(codeOf({ ...HEAD, path })).toBe('ERR_UNESCAPED_CHARACTERS');
  });

  it.each([
    '',
    'A ',
    ' A',
    'A:',
    'A: b',
    'A\r\nB',
    'A\n',
    'A\r',
    'A\0',
    'A\t',
    'A\x7f',
    'A(',
    '"A"',
    '\xe4',
    '\u010a',
  ])('refuses the name %j', (name) => {
    expect(codeOf({ ...HEAD, headers: ['Host', 'x', name, 'y'] })).toBe('ERR_INVALID_CHAR');
  });

  // The last ones would be line breaks if only their low byte was sent.
  it.each([
    'a\r\nB: c',
    'a\n',
    'a\r',
    '\r\n',
    '\0',
    '\x01',
    '\x0b',
    '\x1f',
    '\x7f',
    '\u0100',
    '\u010d\u010a',
  ])('refuses the value %j', (value) => {
    expect(codeOf({ ...HEAD, headers: ['Host', 'x', 'A', value] })).toBe('ERR_INVALID_CHAR');
  });
});
