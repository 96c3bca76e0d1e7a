import type { Moment, Scene, Transport, Way } from '../cell';

const HTTP_1: readonly Transport[] = ['HTTP/1.1', 'TLS'];
const BODY: readonly Moment[] = ['first', 'middle', 'end'];

/** A response's bytes in place of a valid head. */
function head(name: string, bytes: string): Way {
  return { name, at: ['head'], over: HTTP_1, act: ({ http }) => void http.write(bytes) };
}

/** Bytes in place of a chunk; after the last one they are no part of the response. */
function chunk(name: string, bytes: string): Way {
  return { name, at: BODY, over: HTTP_1, forms: ['streamed'], act: ({ http }) => void http.write(bytes) };
}

const JSON_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
/** More than the 64 KB that the proxy reads of a response's head. */
const LARGE_HEADER = `X-Large: ${'x'.repeat(70_000)}\r\n`;

/** Ways to break the syntax of HTTP/1.1 (RFC 9112). */
export const SYNTAX_WAYS: readonly Way[] = [
  head('sends a status line without a number', 'HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}'),
  head('sends a body without a head', '{"choices":[]}\n'),
  head('sends a header with a control character', `${JSON_HEAD}X-A: a\x01b\r\nContent-Length: 2\r\n\r\n{}`),
  head('sends a head of 70 KB', `${JSON_HEAD}${LARGE_HEADER}Content-Length: 2\r\n\r\n{}`),
  head('names two lengths', `${JSON_HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} `),
  head(
    'names a length and chunks',
    `${JSON_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  head('names a length that is no number', `${JSON_HEAD}Content-Length: -2\r\n\r\n{}`),
  head(
    'switches to another protocol',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  ),
  chunk('sends a chunk whose length is no number', 'wrong\r\n{}\r\n'),
  chunk('sends a chunk of 2⁶⁴ bytes', '10000000000000000\r\n{}\r\n'),
  chunk('sends a chunk longer than its length', '2\r\n{}{}{}\r\n'),
  {
    name: 'sends a trailer without a colon',
    at: ['first', 'middle'],
    over: HTTP_1,
    forms: ['streamed'],
    act: ({ http }) => void http.write('0\r\nno trailer\r\n\r\n'),
  },
  {
    name: 'sends a second response',
    at: BODY,
    over: HTTP_1,
    alters: true,
    act: ({ http }: Scene) => void http.write(`${JSON_HEAD}Content-Length: 200\r\n\r\n${'{}'.repeat(100)}`),
  },
];
