import net, { type AddressInfo, type Socket } from 'node:net';

/** An upstream that responds to every chunk with `{}`, and keeps the bytes of each connection as they came. */
export interface RawRecorder {
  readonly origin: string;
  /** The bytes of all connections since the last `reset`, one connection after the other. */
  readonly received: () => string;
  reset(): void;
  close(): Promise<void>;
}

export async function startRawRecorder(): Promise<RawRecorder> {
  let texts: { text: string }[] = [];
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    let own = { text: '' };
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    socket.on('data', (chunk) => {
      if (!texts.includes(own)) texts.push((own = { text: '' }));
      own.text += chunk.toString('latin1');
      // The request is whole if its framing says so; these tests have no longer ones.
      if (/\r\n\r\n$|0\r\n\r\n$|\r\n\r\nabc$/.test(own.text))
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => texts.map(({ text }) => text).join(''),
    reset: () => (texts = []),
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
