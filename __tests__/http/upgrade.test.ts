import { createServer, type IncomingMessage } from 'node:http';
import { Socket, connect, type AddressInfo } from 'node:net';
import { checkWebSocket, lostItsUpgrade, serveAsPlain, wantsWebSocket } from '../../src/http/upgrade';

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const request = (headers: Record<string, string>, method = 'GET') =>
  ({ method, headers }) as unknown as IncomingMessage;

describe('a request asks to become a WebSocket', () => {
  it.each(['websocket', 'WebSocket', 'h2c, websocket', 'websocket,h2c', 'h2c , websocket , x'])(
    'with Upgrade: %s',
    (upgrade) => {
      expect(wantsWebSocket(request({ upgrade }))).toBe(true);
      expect(wantsWebSocket(request({ upgrade }, 'POST'))).toBe(false);
      expect(lostItsUpgrade(request({ upgrade }))).toBe(true);
    },
  );

  it.each(['h2c', '', 'websockets', 'x-websocket', 'web socket', 'websocket/13'])(
    'not with Upgrade: %s',
    (upgrade) => {
      expect(wantsWebSocket(request({ upgrade }))).toBe(false);
      expect(lostItsUpgrade(request({ upgrade }))).toBe(false);
    },
  );

  it('not without Upgrade', () => {
    expect(wantsWebSocket(request({}))).toBe(false);
    expect(lostItsUpgrade(request({}))).toBe(false);
  });
});

describe('a request that lost its upgrade on the way', () => {
  it.each([
    [{ 'sec-websocket-key': KEY }, true],
    [{ 'openai-beta': 'responses_websockets=2026-02-06' }, true],
    [{ 'openai-beta': 'other=v1, responses_websockets=2026-02-06' }, true],
    [{ 'openai-beta': 'my_responses_websockets=1' }, false],
    [{ 'openai-beta': 'assistants=v2' }, false],
  ])('is recognised by %j: %s', (headers, lost) => {
    expect(lostItsUpgrade(request(headers))).toBe(lost);
    expect(lostItsUpgrade(request(headers, 'POST'))).toBe(false);
  });
});

describe('a WebSocket handshake', () => {
  const GOOD = { 'sec-websocket-version': '13', 'sec-websocket-key': KEY };

  it.each([{}, { 'content-length': '0' }])('is accepted with %j', (more) => {
    expect(() => {
      checkWebSocket(request({ ...GOOD, ...more }));
    }).not.toThrow();
  });

  it.each<[string, Record<string, string>, string]>([
    ['no version', { 'sec-websocket-key': KEY }, 'bad-websocket-version'],
    ['another version', { ...GOOD, 'sec-websocket-version': '8' }, 'bad-websocket-version'],
    ['no key', { 'sec-websocket-version': '13' }, 'bad-websocket'],
    ['a key of 15 bytes', { ...GOOD, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25j' }, 'bad-websocket'],
    ['a key of 17 bytes', { ...GOOD, 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZWE=' }, 'bad-websocket'],
    ['text before its key', { ...GOOD, 'sec-websocket-key': `x${KEY}` }, 'bad-websocket'],
    ['text after its key', { ...GOOD, 'sec-websocket-key': `${KEY}x` }, 'bad-websocket'],
    ['a chunked body', { ...GOOD, 'transfer-encoding': 'chunked' }, 'bad-websocket'],
    ['a body of a given length', { ...GOOD, 'content-length': '5' }, 'bad-websocket'],
  ])('is rejected with %s', (_what, headers, code) => {
    expect(() => {
      checkWebSocket(request(headers));
    }).toThrow(expect.objectContaining({ code }) as Error);
  });
});

describe('a request whose upgrade is ignored', () => {
  /** What the server's listener gets of a request that was sent with an upgrade. */
  async function served(text: string): Promise<{ line: string; rawHeaders: string[]; body: string }> {
    const server = createServer();
    server.on('upgrade', (upgrade: IncomingMessage, socket, head) => {
      if (socket instanceof Socket) serveAsPlain(server, upgrade, socket, head);
    });
    try {
      return await new Promise((resolve, reject) => {
        server.on('request', (plain, response) => {
          const chunks: Buffer[] = [];
          plain.on('data', (chunk: Buffer) => chunks.push(chunk));
          plain.on('end', () => {
            const line = `${plain.method} ${plain.url} ${plain.httpVersion}`;
            resolve({ line, rawHeaders: plain.rawHeaders, body: Buffer.concat(chunks).toString('latin1') });
            response.end();
          });
        });
        server.listen(0, '127.0.0.1', () => {
          const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
          socket.on('error', reject);
          socket.end(Buffer.from(text, 'latin1'));
        });
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  }

  it.each([
    ['Upgrade', ['Connection', 'close']],
    ['Upgrade, HTTP2-Settings', ['Connection', 'close']],
  ])('arrives without Connection: %s, and otherwise as it was sent', async (connection, more) => {
    const got = await served(
      `POST /v1/files?a=%20b HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nX-Twice: 1\r\nConnection: ${connection}\r\n` +
        `HTTP2-Settings: AAMAAABkAAQ\r\nX-Twice: \u00e9\r\nX-Upgrade: kept\r\nConnection: close\r\nContent-Length: 6\r\n\r\nbody\u00ff!`,
    );
    expect(got).toEqual({
      line: 'POST /v1/files?a=%20b 1.1',
      rawHeaders: [
        ...['Host', 'h', 'X-Twice', '1', 'X-Twice', '\u00e9', 'X-Upgrade', 'kept'],
        ...more,
        ...['Content-Length', '6'],
      ],
      body: 'body\u00ff!',
    });
  });

  it('keeps the other options of Connection', async () => {
    const got = await served(
      'GET / HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\nConnection: X-Hop , upgrade,close\r\nX-Hop: 1\r\n\r\n',
    );
    expect(got.rawHeaders).toEqual(['Host', 'h', 'Connection', 'X-Hop, close', 'X-Hop', '1']);
  });
});
