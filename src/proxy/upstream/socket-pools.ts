import type { Agent as HttpAgent } from 'node:http';
import { type ClientRequest, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { monotonicMs } from '../../clock/monotonic';
import { headerIn } from '../../http/filter-headers';

/** A request that knows how much its reused socket had read before. */
export type PooledRequest = ClientRequest & { readBefore?: number; res?: IncomingMessage };

/** What a request's options tell its agent. */
export interface PoolOptions {
  /** The origin's name among those of the agent's protocol; sockets with the same name serve each other's requests. */
  readonly pool?: string;
}

/** How long a socket may be idle, in ms, and how many of an origin may be. */
export interface PoolLimits {
  readonly idleMs: number;
  readonly maxFree: number;
}

type PooledSocket = Socket & { _httpMessage?: PooledRequest | null; expiresAtMs?: number };

/** Node's types declare `getName` and `addRequest` only from version 22 on. */
interface AgentMethods {
  addRequest(request: PooledRequest, options: PoolOptions): void;
  getName(options: PoolOptions): string;
}

/** How often sockets that have been idle for too long are closed. */
const SWEEP_MS = 5_000;
/** Before the time at which the server says that it closes an idle connection. */
const MARGIN_MS = 1_000;

/**
 * Makes an agent, which has no `timeout`, keep and find its idle sockets by the origin's name. Node's own agent makes a name
 * of up to twenty options, three times a request, copies all options of a request and of the agent, sets two timers, and has
 * Node make objects of the response's headers, of which it reads one (docs/decisions/0011).
 */
export function poolByOrigin(agent: HttpAgent, { idleMs, maxFree }: PoolLimits): void {
  const target = agent as unknown as AgentMethods;
  const addRequest = target.addRequest.bind(agent);
  const free = agent.freeSockets as Record<string, PooledSocket[] | undefined>;
  const used = agent.sockets as Record<string, PooledSocket[] | undefined>;
  let sweeping: NodeJS.Timeout | undefined;

  const methods: AgentMethods = {
    getName: ({ pool = '' }) => pool,
    addRequest(request, options) {
      const { pool = '' } = options;
      const socket = takeFree(free[pool]);
      if (!socket) {
        addRequest(request, options);
        return;
      }
      (used[pool] ??= []).push(socket);
      socket.ref();
      request.readBefore = socket.bytesRead;
      request.reusedSocket = true;
      request.onSocket(socket);
    },
  };
  Object.assign(agent, methods);

  /** Closes what has been idle for too long. What remains is looked at again, as long as there is any. */
  const sweep = () => {
    sweeping = undefined;
    const nowMs = monotonicMs();
    for (const sockets of Object.values(free)) {
      for (const socket of sockets ?? []) if (isExpired(socket, nowMs)) socket.destroy();
    }
    if (Object.values(free).some((sockets) => sockets && sockets.length > 0)) sweepLater();
  };
  const sweepLater = () => {
    sweeping ??= setTimeout(sweep, Math.min(SWEEP_MS, idleMs)).unref();
  };

  const onFree = (socket: PooledSocket, { pool = '' }: PoolOptions) => {
    const request = socket._httpMessage;
    const sockets = (free[pool] ??= []);
    const limitMs = Math.min(idleMs, announcedMs(request?.res));
    if (!socket.writable || request?.shouldKeepAlive !== true || sockets.length >= maxFree || limitMs <= 0) {
      socket.destroy();
      return;
    }
    socket._httpMessage = null;
    const others = used[pool] ?? [];
    const at = others.indexOf(socket);
    if (at !== -1) others.splice(at, 1);
    if (socket.expiresAtMs === undefined) closeOnIdleError(socket);
    socket.expiresAtMs = monotonicMs() + limitMs;
    socket.unref();
    sockets.push(socket);
    sweepLater();
  };
  agent.removeAllListeners('free').on('free', onFree);
}

/** The socket that was used last, which is the least likely to have been closed. */
function takeFree(sockets: PooledSocket[] | undefined): PooledSocket | undefined {
  for (let socket = sockets?.pop(); socket; socket = sockets?.pop()) {
    if (socket.destroyed) continue;
    if (!isExpired(socket, monotonicMs())) return socket;
    socket.destroy(); // after a pause of the whole process, in which no timer ran
  }
  return undefined;
}

function isExpired({ expiresAtMs = Infinity }: PooledSocket, nowMs: number): boolean {
  return nowMs >= expiresAtMs;
}

/** After how long the server closes the connection, by its response; infinite if that does not say. */
function announcedMs(response: IncomingMessage | undefined): number {
  const hint = response && headerIn(response.rawHeaders, 'keep-alive');
  const seconds = hint === undefined ? undefined : /^timeout=(\d+)/.exec(hint)?.[1];
  return seconds === undefined ? Infinity : Number(seconds) * 1_000 - MARGIN_MS;
}

/** An error of TLS, such as an alert, does not close a socket by itself. A request that uses it has a listener of its own. */
function closeOnIdleError(socket: PooledSocket): void {
  socket.on('error', () => {
    if (socket._httpMessage === null) socket.destroy();
  });
}
