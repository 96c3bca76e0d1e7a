import { readFile } from 'node:fs'; // not its promises: they cost a millisecond of every cold start
import type { Server, Socket } from 'node:net';
import { promisify } from 'node:util';

/** Linux's table of TCP connections over IPv4, on which the server listens. Other systems have no such file. */
const TCP_TABLE = '/proc/self/net/tcp';
const CHECK_INTERVAL_MS = 20_000;
/** After this many retransmissions nothing has been acknowledged for 13 s, or on a slow network for a minute. */
const MANY_RETRANSMISSIONS = 6;

const ESTABLISHED = '01';
const RETRANSMISSION_TIMER = '01';

export interface VanishedClientsOptions {
  readonly checkIntervalMs?: number;
  readonly readTable?: () => Promise<string>;
}

/**
 * Resets the connections of clients that have vanished while data was unacknowledged. TCP keep-alive probes only idle
 * connections: Linux retransmits an unacknowledged heartbeat for 15 minutes or more, and Node cannot report or limit that
 * (TCP_USER_TIMEOUT would). So the kernel's retransmission count is read every 20 s while there are clients. If it is high,
 * and higher at the next check, the client is gone; every acknowledgement resets the count. Detection takes about a minute
 * from the first unacknowledged heartbeat.
 */
export function resetVanishedClients(
  server: Server,
  {
    checkIntervalMs = CHECK_INTERVAL_MS,
    readTable = () => promisify(readFile)(TCP_TABLE, 'latin1'),
  }: VanishedClientsOptions = {},
): void {
  const sockets = new Set<Socket>();
  let suspected: ReadonlyMap<string, number> = new Map();
  const check = async () => {
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
    if (sockets.has(socket)) return; // one that serves on after a request whose upgrade was ignored
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const ticker = setInterval(() => {
    check().catch(() => {
      clearInterval(ticker); // this system has no such table
    });
  }, checkIntervalMs).unref();
  server.once('close', () => {
    clearInterval(ticker);
  });
}

/** Retransmission counts of clients (`address:port`) that have many. */
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

/** `0100007F:1F90` is 127.0.0.1:8080 on little-endian machines: the last byte comes first. */
function addressOf(text: string): string {
  const [address = '', port = ''] = text.split(':');
  const bytes = [6, 4, 2, 0].map((at) => parseInt(address.slice(at, at + 2), 16));
  return `${bytes.join('.')}:${parseInt(port, 16)}`;
}
