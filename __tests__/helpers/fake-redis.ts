import net, { type AddressInfo, type Socket } from 'node:net';

/** What a Redis says to one command: text, a number, a list, or an error. */
export type RedisReply = string | number | null | readonly RedisReply[] | Error;

export interface FakeRedis {
  readonly url: string;
  /** Every command so far, in capitals, with its arguments. */
  readonly commands: string[][];
  /** Sends a message to all subscribers. */
  publish(channel: string, text: string): void;
  close(): Promise<void>;
}

/** A server that speaks Redis's protocol and sends given values, also those that a real one would never contain. */
export async function startFakeRedis(reply: (command: readonly string[]) => RedisReply): Promise<FakeRedis> {
  const commands: string[][] = [];
  const sockets = new Set<Socket>();
  const subscribers = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => {
        sockets.delete(socket);
        subscribers.delete(socket);
      });
    let pending = '';
    socket.on('data', (data) => {
      pending += data.toString('latin1');
      for (let read = readCommand(pending); read; read = readCommand(pending)) {
        pending = pending.slice(read.length);
        const [name = '', ...rest] = read.command;
        const command = [name.toUpperCase(), ...rest];
        commands.push(command);
        if (command[0] === 'SUBSCRIBE') {
          subscribers.add(socket);
          socket.write(encode(['subscribe', rest[0] ?? '', 1]));
        } else socket.write(encode(command[0] === 'INFO' ? 'loading:0' : reply(command)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    commands,
    publish(channel, text) {
      for (const socket of subscribers) socket.write(encode(['message', channel, text]));
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** The first command of `*2\r\n$4\r\nINCR\r\n$1\r\nk\r\n…`; `undefined` if it is not whole yet. */
function readCommand(text: string): { command: string[]; length: number } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text);
  if (!head) return undefined;
  let at = head[0].length;
  const command: string[] = [];
  for (let part = 0; part < Number(head[1]); part++) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at));
    if (!size) return undefined;
    at += size[0].length;
    command.push(text.slice(at, at + Number(size[1])));
    at += Number(size[1]) + 2;
    if (at > text.length) return undefined;
  }
  return { command, length: at };
}

function encode(reply: RedisReply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (typeof reply === 'string') return `$${Buffer.byteLength(reply)}\r\n${reply}\r\n`;
  if (reply instanceof Error) return `-${reply.message}\r\n`;
  return `*${reply.length}\r\n${reply.map(encode).join('')}`;
}
