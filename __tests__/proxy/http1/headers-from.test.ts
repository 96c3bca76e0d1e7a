import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { headersFrom } from '../../../src/proxy/http1/headers-from';

/** What Node's own client makes of the headers of a response. */
async function ofNode(lines: readonly string[]): Promise<IncomingMessage> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [response] = (await once(get({ host: '127.0.0.1', port, agent: false }), 'response')) as [
    IncomingMessage,
  ];
  response.resume();
  await once(response, 'close');
  server.close();
  return response;
}

const NAMES = [
  ...['Age', 'Authorization', 'Content-Type', 'ETag', 'Expires', 'From', 'Host', 'If-Modified-Since'],
  ...['If-Unmodified-Since', 'Last-Modified', 'Location', 'Max-Forwards', 'Proxy-Authorization', 'Referer'],
  ...[
    'Retry-After',
    'Server',
    'User-Agent',
    'Set-Cookie',
    'Cookie',
    'Cache-Control',
    'Vary',
    'Link',
    'X-Other',
  ],
  ...[
    'Date',
    'Connection',
    'Keep-Alive',
    'WWW-Authenticate',
    'Access-Control-Allow-Origin',
    'constructor',
    '__proto__',
  ],
];

describe('headersFrom', () => {
  it.each(NAMES)('joins a repeated %s as Node does', async (name) => {
    const response = await ofNode([`${name}: one`, 'B: between', `${name.toUpperCase()}: two`, `${name}:`]);
    expect(response.rawHeaders).toHaveLength(8);
    expect(Object.entries(headersFrom(response.rawHeaders))).toEqual(Object.entries(response.headers));
  });

  it('takes single headers as Node does', async () => {
    const response = await ofNode(['Content-Length: 0', 'SET-cookie: a=b', 'x-A: \xe4', 'X-Empty:']);
    expect(headersFrom(response.rawHeaders)).toEqual(response.headers);
  });

  it('takes the first of several lengths', () => {
    expect(headersFrom(['Content-Length', '1', 'content-length', '2'])).toEqual({ 'content-length': '1' });
  });
});
