import { sendRaw } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { startRawRecorder, type RawRecorder } from '../../helpers/raw-recorder';

/**
 * What RFC 9112 demands of a server, and what a front and a proxy may read in two ways (request smuggling). Each request
 * is followed by a second one on the same connection, which must not be reached by a body that was framed wrongly. More of
 * this kind is in limits/bad-input.test.ts.
 */
let upstream: RawRecorder;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startRawRecorder();
  proxy = await startProxy(upstream);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
beforeEach(() => {
  upstream.reset();
});

const OWN = 'Host: x\r\nAuthorization: Bearer sk-x\r\n';
const GET = `GET /v1/models HTTP/1.1\r\n${OWN}`;
const POST = `POST /v1/files HTTP/1.1\r\n${OWN}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;
const SECOND = `GET /v1/second HTTP/1.1\r\n${OWN}Connection: close\r\n\r\n`;

describe('a request that two parsers could read in two ways gets 400, and neither it nor what follows goes upstream', () => {
  it.each([
    [
      '§6.3',
      'Transfer-Encoding before Content-Length',
      `${POST}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n`,
    ],
    ['§6.3', 'the same Content-Length twice', `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['§6.3', 'a Content-Length that is a list', `${POST}Content-Length: 3, 3\r\n\r\nabc`],
    ['§6.2', 'a Content-Length with a sign', `${POST}Content-Length: +3\r\n\r\nabc`],
    ['§6.2', 'a Content-Length in hexadecimal', `${POST}Content-Length: 0x3\r\n\r\nabc`],
    ['§6.2', 'a Content-Length of two numbers', `${POST}Content-Length: 3 3\r\n\r\nabc`],
    ['§6.2', 'an empty Content-Length', `${POST}Content-Length: \r\n\r\nabc`],
    ['§6.2', 'a Content-Length past 64 bits', `${POST}Content-Length: 18446744073709551619\r\n\r\nabc`],
    [
      '§6.3',
      'chunked that is not the last coding',
      `${POST}Transfer-Encoding: chunked, identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§6.1',
      'chunked twice',
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§6.1',
      'chunked and another line without it',
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§5.5',
      'a vertical tab before chunked',
      `${POST}Transfer-Encoding: \vchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['§5.1', 'a space before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`],
    [
      '§5.2',
      'a folded Transfer-Encoding',
      `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['§5.2', 'a folded header', `${GET}X-A: 1\r\n 2\r\n\r\n`],
    ['§2.2', 'white space before the first header', `GET /v1/models HTTP/1.1\r\n X-A: 1\r\n${OWN}\r\n`],
    ['§2.2', 'bare line feeds', 'GET /v1/models HTTP/1.1\nHost: x\nAuthorization: Bearer sk-x\n\n'],
    ['§2.2', 'a bare line feed between two headers', `${GET}X-A: 1\nX-B: 2\r\n\r\n`],
    ['§5.5', 'a NUL in a value', `${GET}X-A: 1\x002\r\n\r\n`],
    ['§5', 'a line without a colon', `${GET}X-A\r\n\r\n`],
    ['§5', 'a header without a name', `${GET}: x\r\n\r\n`],
    ['§5.1', 'a name that is no token', `${GET}X(A): x\r\n\r\n`],
    ['§3', 'tabs in the request line', `GET\t/v1/models\tHTTP/1.1\r\n${OWN}\r\n`],
    ['§3.2', 'a space in the target', `GET /v1/mo dels HTTP/1.1\r\n${OWN}\r\n`],
    ['§2.3', 'a version that there is not', `GET /v1/models HTTP/1.2\r\n${OWN}\r\n`],
    ['§2.3', 'the protocol in lower case', `GET /v1/models http/1.1\r\n${OWN}\r\n`],
  ])('%s: %s', async (_section, _what, bytes) => {
    const response = await sendRaw(proxy.port, bytes + SECOND);
    expect(response).toMatch(/^HTTP\/1\.1 400 [^]*\r\nX-Proxy-Error: bad-request\r\n/);
    expect(response.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(upstream.received()).toBe('');
  });

  it('§5: headers that are larger than 32 KB get 431', async () => {
    const response = await sendRaw(proxy.port, `${GET}X-A: ${'a'.repeat(40_000)}\r\n\r\n${SECOND}`);
    expect(response).toMatch(/^HTTP\/1\.1 431 /);
    expect(upstream.received()).toBe('');
  });
});

describe('a body that is framed wrongly ends the connection, and neither it nor what follows it goes upstream as a request', () => {
  it.each([
    [
      '§6.3',
      'a coding that is not chunked',
      `${POST}Transfer-Encoding: identity\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§6.3',
      'a coding with a name like chunked',
      `${POST}Transfer-Encoding: xchunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§6.3',
      'chunked in quotation marks',
      `${POST}Transfer-Encoding: "chunked"\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['§7.1', 'a chunk’s size with 0x', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a chunk’s size with a plus', `${CHUNKED}+3\r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a chunk’s size with a minus', `${CHUNKED}-3\r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a space before a chunk’s size', `${CHUNKED} 3\r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a space behind a chunk’s size', `${CHUNKED}3 \r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a chunk’s size past 64 bits', `${CHUNKED}10000000000000003\r\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a line feed alone behind a chunk’s size', `${CHUNKED}3\nabc\r\n0\r\n\r\n`],
    ['§7.1', 'a chunk that is longer than its size', `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`],
    ['§7.1', 'a line feed alone behind a chunk', `${CHUNKED}3\r\nabc\n0\r\n\r\n`],
    ['§7.1.1', 'a line feed alone behind a chunk’s extension', `${CHUNKED}3;a=b\nabc\r\n0\r\n\r\n`],
    [
      '§7.1.1',
      'a chunk’s extension with a quotation mark that stays open',
      `${CHUNKED}3;a="b\r\nabc\r\n0\r\n\r\n`,
    ],
  ])('%s: %s', async (_section, _what, bytes) => {
    const response = await sendRaw(proxy.port, bytes + SECOND);
    expect(response).not.toMatch(/HTTP\/1\.1 2/);
    expect(upstream.received()).not.toContain('/v1/second');
    // What has come of it may be on its way, but never with an end.
    expect(upstream.received()).not.toMatch(/0\r\n\r\n$/);
  });
});

describe('a request that is unusual but clear goes upstream in one framing of the proxy’s own', () => {
  const BODY = '3\r\nabc\r\n0\r\n\r\n';
  const OF_CHUNKS = /\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n$/;
  const OF_LENGTH = /\r\nContent-Length: 3\r\n\r\nabc$/;
  const WITHOUT = /^GET \/v1\/models HTTP\/1\.1\r\n(?:[^\r\n]+\r\n)+\r\n$/;

  it.each([
    ['§7', 'CHUNKED in capitals', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n${BODY}`, OF_CHUNKS],
    ['§7.1.1', 'extensions of chunks', `${CHUNKED}3;a=b\r\nabc\r\n0;c\r\n\r\n`, OF_CHUNKS],
    ['§7.1', 'sizes with zeros in front', `${CHUNKED}003\r\nabc\r\n000\r\n\r\n`, OF_CHUNKS],
    [
      '§7.1',
      'many small chunks',
      `${CHUNKED}1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n`,
      /\r\nTransfer-Encoding: chunked\r\n\r\n(?:\d\r\n\w+\r\n)+0\r\n\r\n$/,
    ],
    ['§6.3', 'a GET with a body', `${GET}Content-Length: 3\r\n\r\nabc`, OF_LENGTH],
    [
      '§6.1',
      'a name with an underscore, which is no Transfer-Encoding',
      `${POST}Transfer_Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc`,
      OF_LENGTH,
    ],
    ['§2.2', 'empty lines in front', `\r\n\r\n${GET}\r\n`, WITHOUT],
    ['§3.2', 'a second Host, which does not go upstream', `${GET}Host: evil.example\r\n\r\n`, WITHOUT],
    ['§9.6', 'headers that Connection names', `${GET}Connection: X-Evil\r\nX-Evil: 1\r\n\r\n`, WITHOUT],
  ])('%s: %s', async (_section, _what, bytes, sent) => {
    const response = await sendRaw(proxy.port, bytes + SECOND);
    expect(response.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    const [one, other] = upstream.received().split(/(?=GET \/v1\/second|(?<!^)GET \/v1\/models|(?<!^)POST )/);
    const first = [one, other].find((text) => text?.includes('/v1/second') === false);
    expect(first?.replace(/Connection: [\w-]+\r\n/, '')).toMatch(sent);
    expect(upstream.received()).not.toMatch(/evil/i);
  });

  it('§7.1.2: trailers of a client end where they came', async () => {
    await sendRaw(proxy.port, `${CHUNKED}3\r\nabc\r\n0\r\nX-Evil: 1\r\nContent-Length: 9\r\n\r\n${SECOND}`);
    expect(upstream.received()).not.toMatch(/evil|Content-Length/i);
  });

  it('§9.3.2: what stands behind a body is the next request, with headers of its own', async () => {
    const hidden = 'GET /v1/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const response = await sendRaw(proxy.port, `${POST}Content-Length: 3\r\n\r\nabc${hidden}`);
    expect(response.match(/HTTP\/1\.1 \d+/g)).toHaveLength(2);
    expect(upstream.received().match(/Bearer sk-x/g)).toHaveLength(1);
  });
});
