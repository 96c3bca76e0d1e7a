import { send, sendRaw } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import { startRawUpstream, type RawUpstream } from '../../helpers/raw-upstream';

/**
 * What RFC 9112 demands of a client towards an upstream that is wrong or hostile. After each response another request is
 * sent, which must get its own response and nothing that was left over.
 */
let upstream: RawUpstream;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startRawUpstream();
  proxy = await startProxy(upstream);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});
afterEach(async () => {
  upstream.respond({ bytes: `${OK}Content-Length: 6\r\n\r\nhonest`, then: 'keep' });
  const { status, body } = await send(proxy.url, '/v1/models', { headers: { authorization: 'Bearer sk-x' } });
  expect([status, body.toString()]).toEqual([200, 'honest']);
});

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const EVIL = `${OK}Content-Length: 4\r\n\r\nevil`;
const REQUEST =
  'GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-x\r\nConnection: close\r\n\r\n';

async function responseTo(bytes: string, then: 'end' | 'keep'): Promise<{ head: string; body: string }> {
  upstream.respond({ bytes, then });
  const text = await sendRaw(proxy.port, REQUEST);
  const end = text.indexOf('\r\n\r\n');
  return { head: text.slice(0, end), body: text.slice(end + 4) };
}

describe('a response that two parsers could read in two ways becomes 502', () => {
  it.each([
    [
      '§6.3',
      'Transfer-Encoding before Content-Length',
      `${OK}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    [
      '§6.3',
      'Content-Length before Transfer-Encoding',
      `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['§6.3', 'two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc`],
    ['§6.3', 'one length twice', `${OK}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
    ['§6.3', 'a list of lengths', `${OK}Content-Length: 3, 3\r\n\r\nabc`],
    ['§6.2', 'a negative length', `${OK}Content-Length: -3\r\n\r\nabc`],
    ['§6.2', 'a length past 64 bits', `${OK}Content-Length: 18446744073709551619\r\n\r\nabc`],
    ['§5.2', 'a folded header', `${OK}X-A: 1\r\n 2\r\nContent-Length: 3\r\n\r\nabc`],
    ['§5.1', 'a space before the colon', `${OK}Content-Length : 3\r\n\r\nabc`],
    ['§5.5', 'a NUL in a value', `${OK}X-A: 1\x002\r\nContent-Length: 3\r\n\r\nabc`],
    ['§2.2', 'a bare CR', `${OK}X-A: 1\rX-B: 2\r\nContent-Length: 3\r\n\r\nabc`],
    ['§2.2', 'bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc'],
    ['§2.2', 'a bare line feed between two headers', `${OK}X-A: 1\nX-B: 2\r\nContent-Length: 3\r\n\r\nabc`],
    ['§4', 'no status', 'HTTP/1.1 OK\r\nContent-Length: 3\r\n\r\nabc'],
    ['§4', 'a status of two digits', 'HTTP/1.1 99 OK\r\nContent-Length: 3\r\n\r\nabc'],
    ['§4', 'a status of four digits', 'HTTP/1.1 1000 OK\r\nContent-Length: 3\r\n\r\nabc'],
    ['§4', 'the status 000', 'HTTP/1.1 000 OK\r\nContent-Length: 3\r\n\r\nabc'],
    ['§4', 'a reason with a control character', 'HTTP/1.1 200 \x01\r\nContent-Length: 3\r\n\r\nabc'],
    ['§2.3', 'another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    [
      '§7.8 of RFC 9110',
      'a 101 that nobody has asked for',
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n${EVIL}`,
    ],
  ])('%s: %s', async (_section, _what, bytes) => {
    const { head, body } = await responseTo(bytes, 'keep');
    expect(head).toMatch(/^HTTP\/1\.1 502 [^]*X-Proxy-Error: upstream-invalid/);
    expect(body).not.toMatch(/abc|evil/);
  });
});

describe('a body whose framing breaks off never appears complete', () => {
  it.each([
    ['§8', 'a length that is not reached', `${OK}Content-Length: 9\r\n\r\nabc`, 'end'],
    ['§8', 'chunks without a last one', `${CHUNKED}3\r\nabc\r\n`, 'end'],
    ['§7.1', 'a chunk’s size that is none', `${CHUNKED}3\r\nabc\r\nzz\r\n`, 'keep'],
    ['§7.1', 'a chunk that is longer than its size', `${CHUNKED}3\r\nabcd\r\n0\r\n\r\n`, 'keep'],
    ['§7.1', 'a line feed alone behind a chunk’s size', `${CHUNKED}3\nabc\r\n0\r\n\r\n`, 'keep'],
  ] as const)('%s: %s', async (_section, _what, bytes, then) => {
    const { head, body } = await responseTo(bytes, then);
    if (head.startsWith('HTTP/1.1 502')) return;
    expect(body.endsWith('0\r\n\r\n')).toBe(false);
    if (head.includes('Content-Length')) expect(head).toContain('Content-Length: 9');
  });
});

describe('what is clear is relayed in one framing, and what is left over reaches nobody', () => {
  const AS_CHUNKS = '3\r\nabc\r\n0\r\n\r\n';
  it.each([
    [
      '§9.2',
      'a second response behind a body of known length',
      `${OK}Content-Length: 3\r\n\r\nabc${EVIL}`,
      'keep',
      'abc',
    ],
    ['§9.2', 'a second response behind the last chunk', `${CHUNKED}${AS_CHUNKS}${EVIL}`, 'keep', AS_CHUNKS],
    ['§6.3', 'bytes behind a body of known length', `${OK}Content-Length: 3\r\n\r\nabcevil`, 'keep', 'abc'],
    ['§6.3', 'a 204 with a body', `HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\nevil`, 'keep', ''],
    ['§6.3', 'a 304 with a body', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil', 'keep', ''],
    ['§7.1.1', 'extensions of chunks', `${CHUNKED}3;a=b\r\nabc\r\n0;c\r\n\r\n`, 'keep', AS_CHUNKS],
    ['§7.1.2', 'trailers', `${CHUNKED}3\r\nabc\r\n0\r\nX-Evil: 1\r\n\r\n`, 'keep', AS_CHUNKS],
    ['§6.3', 'a body until the end of the connection', `${OK}\r\nabc`, 'end', AS_CHUNKS],
    ['§6.3', 'the same of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nabc', 'end', AS_CHUNKS],
    [
      '§6.3',
      'a coding that is not chunked, until the end',
      `${OK}Transfer-Encoding: identity\r\n\r\nabc`,
      'end',
      AS_CHUNKS,
    ],
    [
      '§15.2 of RFC 9110',
      '100 before the response',
      `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 3\r\n\r\nabc`,
      'keep',
      'abc',
    ],
    [
      '§15.2 of RFC 9110',
      '103 before the response',
      `HTTP/1.1 103 Early Hints\r\nLink: </evil>\r\n\r\n${OK}Content-Length: 3\r\n\r\nabc`,
      'keep',
      'abc',
    ],
    [
      '§5',
      'headers past the 4 KB that SCF lets through',
      `${OK}X-Evil: ${'a'.repeat(20_000)}\r\nContent-Length: 3\r\n\r\nabc`,
      'keep',
      'abc',
    ],
  ] as const)('%s: %s', async (_section, _what, bytes, then, expected) => {
    const { head, body } = await responseTo(bytes, then);
    expect(body).toBe(expected);
    expect(head).not.toMatch(/evil/i);
    const framings = head.match(/\r\n(?:Content-Length|Transfer-Encoding):/gi) ?? [];
    expect(framings.length).toBe(expected === '' && !head.includes('304') ? 0 : 1);
  });

  it('§8.6 of RFC 9110: a 204 has no Content-Length, whatever the upstream says', async () => {
    const { head } = await responseTo('HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil', 'keep');
    expect(head).toMatch(/^HTTP\/1\.1 204 /);
    expect(head).not.toMatch(/Content-Length/i);
  });
});
