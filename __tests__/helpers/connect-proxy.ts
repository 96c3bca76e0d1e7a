import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy on loopback that opens tunnels, always to this machine, whatever name they ask for. */
export interface ConnectProxy {
  readonly port: number;
  /** The authority and the `Proxy-Authorization` of each CONNECT. */
  readonly requests: { readonly authority: string; readonly authorization: string | undefined }[];
  /** The status of responses from now on; 0 sends none. */
  respondWith(status: number): void;
  close(): Promise<void>;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const requests: { authority: string; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  let status = 200;
  const server = http.createServer();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  server.on('connect', (request, client: Socket, head) => {
    const authority = request.url ?? '';
    requests.push({ authority, authorization: request.headers['proxy-authorization'] });
    if (status === 0) return;
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const upstream = net.connect(Number(authority.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream.on('error', () => client.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    respondWith(next) {
      status = next;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
