import net, { type AddressInfo, type Socket } from 'node:net';

/** An upstream that responds to each request with bytes, valid HTTP or not. `end` closes after them, `reset` resets. */
export interface RawResponse {
  readonly bytes: string;
  readonly then: 'end' | 'reset' | 'keep';
}

export interface RawUpstream {
  readonly origin: string;
  readonly requests: () => number;
  respond(respond: RawResponse): void;
  close(): Promise<void>;
}

export async function startRawUpstream(): Promise<RawUpstream> {
  let current: RawResponse = { bytes: '', then: 'end' };
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    let head = '';
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      head = '';
      requests++;
      const { bytes, then } = current;
      socket.write(bytes, 'latin1', () => {
        if (then === 'end') socket.end();
        if (then === 'reset') socket.resetAndDestroy();
      });
      if (bytes === '' && then === 'end') socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    respond(response) {
      current = response;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
