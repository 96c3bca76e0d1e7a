import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { CallerLeft, ProxyError, asUpstreamFailure, errorCode } from '../errors';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';

/** Where a provider's requests go. */
export interface UpstreamOrigin {
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number;
  /** What `Host` says. */
  readonly host: string;
  /** '' or `/prefix`, put before every path that does not begin with it. */
  readonly pathPrefix: string;
  /** Whether the prefix stands in place of a path's own `/v1`. */
  readonly standsForV1: boolean;
}

/** A path as it goes to an upstream; begins with a slash. */
export function upstreamPath({ pathPrefix, standsForV1 }: UpstreamOrigin, path: string): string {
  if (pathPrefix !== '' && path.startsWith(`${pathPrefix}/`)) return path;
  if (!standsForV1) return pathPrefix + path;
  const version = /[^/]*$/.exec(pathPrefix)?.[0] ?? '';
  const [segment = '', ...rest] = path.slice(1).split('/');
  return segment === 'v1' || (segment === version && version !== '')
    ? `${pathPrefix}/${rest.join('/')}`
    : pathPrefix + path;
}

/** One attempt's request, as it goes out. */
export interface Outbound {
  readonly origin: UpstreamOrigin;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** Whether it asks to become a WebSocket, so that an answer of 101 is one. */
  readonly upgrade?: boolean;
}

/** Below the keep-alive time of the providers' front ends, so that a socket is rarely dead when it is used again. */
const IDLE_SOCKET_MS = 55_000;
const MAX_IDLE_SOCKETS = 256;
const MAX_ANSWER_HEADER_BYTES = 65_536;
/** What a socket that the other side has long closed fails with. */
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']);

/** A request, with what its socket had read before, where that was used before. */
type SentRequest = ClientRequest & { readBefore?: number };

type Connect = (
  options: object,
  callback: (error: Error | null, stream: Duplex) => void,
) => Duplex | null | undefined;

/** Keeps sockets to the upstreams, and sends requests over them. */
export class UpstreamClient {
  readonly #agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };

  constructor(connectTimeoutMs: number) {
    // lifo: the socket used last is the least likely to have been closed meanwhile
    const options = {
      keepAlive: true,
      scheduling: 'lifo',
      maxFreeSockets: MAX_IDLE_SOCKETS,
      timeout: IDLE_SOCKET_MS,
    } as const;
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
    for (const [agent, event] of [
      [this.#agents['http:'], 'connect'],
      [this.#agents['https:'], 'secureConnect'],
    ] as const) {
      limitConnectTime(agent, event, connectTimeoutMs);
      agent.reuseSocket = (socket: Duplex & { bytesRead?: number }, request: SentRequest) => {
        request.readBefore = socket.bytesRead ?? 0;
        http.Agent.prototype.reuseSocket.call(agent, socket, request);
      };
    }
  }

  /**
   * Sends one request and waits for the head of its answer. A request that dies on a reused socket before the
   * upstream has said anything is sent once more on a fresh one: SCF freezes an instance between requests, and by
   * the time it thaws the upstream has closed the idle sockets (RFC 9112 §9.3.1 allows it, as browsers do).
   * @throws ProxyError `upstream-*`, `connect-timeout`; whatever stops the exchange meanwhile
   */
  async send(outbound: Outbound, body: OutboundBody, exchange: Exchange): Promise<IncomingMessage> {
    for (let fresh = false; ; fresh = true) {
      const request = this.#start(outbound, exchange);
      try {
        return await answerHead(request, outbound, body, exchange);
      } catch (error) {
        if (fresh || exchange.failure || !body.replayable || !this.#diedUnheard(request, error)) {
          throw asUpstreamFailure(error);
        }
        this.#dropIdleSockets(outbound.origin.protocol);
      }
    }
  }

  /** Closes what is kept; running requests go on. */
  close(): void {
    this.#dropIdleSockets('http:');
    this.#dropIdleSockets('https:');
  }

  #start(outbound: Outbound, exchange: Exchange): SentRequest {
    exchange.attempts++;
    const { protocol, hostname, port } = outbound.origin;
    return (protocol === 'https:' ? https : http).request({
      agent: this.#agents[protocol],
      host: hostname,
      port,
      method: outbound.method,
      path: outbound.path,
      headers: outbound.headers,
      maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    });
  }

  #diedUnheard(request: SentRequest, error: unknown): boolean {
    return (
      request.reusedSocket &&
      STALE_CODES.has(errorCode(error)) &&
      (request.socket?.bytesRead ?? 0) === request.readBefore
    );
  }

  #dropIdleSockets(protocol: UpstreamOrigin['protocol']): void {
    for (const sockets of Object.values(this.#agents[protocol].freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

function answerHead(
  request: ClientRequest,
  { upgrade }: Outbound,
  body: OutboundBody,
  exchange: Exchange,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', (answer) => {
      // Without the headers that name what it switches to, a 101 says nothing that could be relayed.
      if (answer.statusCode === 101) request.destroy(new ProxyError('upstream-invalid'));
      else resolve(answer);
    });
    request.on('error', reject); // stays: after the answer's head it is the answer that reports
    request.on('upgrade', (answer, socket, head) => {
      if (upgrade) {
        if (head.length > 0) socket.unshift(head);
        resolve(answer);
        return;
      }
      socket.destroy(); // nobody asked for one
      reject(new ProxyError('upstream-invalid'));
    });
    exchange.onStop((reason) => {
      reject(reason);
      request.destroy(reason instanceof CallerLeft ? undefined : reason);
    });
    body.sendTo(request);
  });
}

/** A connection that is not there in time fails; one timer a new connection, none a request. */
function limitConnectTime(agent: http.Agent, ready: 'connect' | 'secureConnect', limitMs: number): void {
  // Agents call it with a callback; Node's types say so only from version 22 on.
  const target = agent as unknown as { createConnection: Connect };
  const connect = target.createConnection.bind(agent);
  target.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (!socket) return socket;
    const timer = setTimeout(() => socket.destroy(new ProxyError('connect-timeout')), limitMs);
    const settle = () => {
      clearTimeout(timer);
    };
    socket.once(ready, settle).once('close', settle);
    return socket;
  };
}
