import { once } from 'node:events';
import http from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

const HEADERS = { authorization: 'Bearer any' };

/** Makes a simulated upstream accept WebSockets as well; it echoes messages. Returns a function that ends them. */
export function echoSockets(upstream: http.Server): () => void {
  const sockets = new WebSocketServer({ server: upstream, path: '/v1/realtime' });
  sockets.on('connection', (socket) => {
    socket.on('message', (data, binary) => {
      socket.send(data, { binary });
    });
  });
  return () => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
  };
}

/**
 * Echoes a message through a proxy, and offers HTTP/2 in a request that must be served as plain HTTP/1.1.
 * @throws Error with the reason
 */
export async function checkSockets(base: string): Promise<void> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/realtime?model=m`, { headers: HEADERS });
  await once(socket, 'open');
  const message = '你好'.repeat(50_000);
  socket.send(message);
  const [data] = (await once(socket, 'message')) as [Buffer];
  if (data.toString() !== message) throw new Error('the message came back changed');
  socket.close(4_000, 'done');
  const [code] = (await once(socket, 'close')) as [number];
  if (code !== 4_000) throw new Error(`the socket closed with ${String(code)}`);
  const status = await offerHttp2(base);
  if (status !== 200) throw new Error(`an offer of h2c got status ${String(status)}`);
}

async function offerHttp2(base: string): Promise<number | undefined> {
  const request = http.request(`${base}/v1/models`, {
    agent: false,
    headers: {
      ...HEADERS,
      connection: 'Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABk',
    },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response.statusCode;
}
