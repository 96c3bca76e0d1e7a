import { readFile } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';

/** Linux's table of TCP connections over IPv4, which is what the server listens on. Elsewhere there is none. */
const TCP_TABLE = '/proc/self/net/tcp';
const LOOK_MS = 20_000;
/** After so many retransmissions nothing has been acknowledged for 13 s, and on a slow line for a minute. */
const MANY_RETRANSMISSIONS = 6;

const ESTABLISHED = '01';
const RETRANSMISSION_TIMER = '01';

export interface VanishedClientsOptions {
  readonly lookMs?: number;
  readonly readTable?: () => Promise<string>;
}

/**
 * Resets the connections of clients that have vanished while something was on its way to them. TCP's keep-alive asks only
 * where nothing is: with a heartbeat that is not acknowledged Linux sends that again for 15 minutes or more, and nothing
 * of Node's tells or limits it (TCP_USER_TIMEOUT would). So the kernel's own count is looked at every 20 s, as long as
 * there are clients; where it is high, and higher the next time, the client is gone: it begins anew with whatever is
 * acknowledged. That takes about a minute from the first heartbeat in vain.
 */
export function resetVanishedClients(
  server: Server,
  { lookMs = LOOK_MS, readTable = () => readFile(TCP_TABLE, 'latin1') }: VanishedClientsOptions = {},
): void {
  const sockets = new Set<Socket>();
  let suspected: ReadonlyMap<string, number> = new Map();
  const look = async () => {
    if (sockets.size === 0) return;
    const address = server.address();
    if (address === null || typeof address === 'string') return;
    const before = suspected;
    suspected = unacknowledged(await readTable(), address.port);
    if (suspected.size === 0) return;
    for (const socket of sockets) {
      const client = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
      if ((suspected.get(client) ?? 0) > (before.get(client) ?? Infinity)) socket.resetAndDestroy();
    }
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const ticker = setInterval(() => {
    look().catch(() => {
      clearInterval(ticker); // there is no table here
    });
  }, lookMs).unref();
  server.once('close', () => {
    clearInterval(ticker);
  });
}

/** Clients, as `address:port`, to whom much was sent again in vain: how often. */
function unacknowledged(table: string, localPort: number): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const local = `:${hex(localPort, 4)}`;
  for (const line of table.split('\n')) {
    const [, from, to = '', state, , timer, count = ''] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED || !from?.endsWith(local) || !timer?.startsWith(RETRANSMISSION_TIMER)) continue;
    const times = parseInt(count, 16);
    if (times >= MANY_RETRANSMISSIONS) found.set(addressOf(to), times);
  }
  return found;
}

const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

/** `0100007F:1F90` is 127.0.0.1:8080, on the machines that Node runs on: the last byte comes first. */
function addressOf(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const bytes = [6, 4, 2, 0].map((at) => parseInt(address.slice(at, at + 2), 16));
  return `${bytes.join('.')}:${parseInt(port, 16)}`;
}
