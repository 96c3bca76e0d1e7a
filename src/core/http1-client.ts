import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { CallerLeft, ProxyError, asUpstreamFailure, errorCode } from '../errors';
import { NotTaken, type UpstreamAnswer } from './answer';
import type { OutboundBody } from './body';
import type { Exchange } from './exchange';
import type { Outbound } from './outbound';
import type { UpstreamOrigin } from './upstream-origin';

/** Below the keep-alive time of the providers' front ends, so that a socket is rarely dead when it is used again. */
export const IDLE_SOCKET_MS = 55_000;
const MAX_IDLE_SOCKETS = 256;
const MAX_ANSWER_HEADER_BYTES = 65_536;
/** What a socket that the other side has long closed fails with. */
const STALE_CODES = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN', 'ETIMEDOUT']);

/** A request, with what its socket had read before, where that was used before. */
type SentRequest = ClientRequest & { readBefore?: number };

/** Agents call it with a callback; Node's types say so only from version 22 on. */
interface Connects {
  createConnection(
    options: object,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined;
}

/** Sends requests over HTTP/1.1: one at a time on a connection, which is kept for the next. */
export class Http1Client {
  readonly #agents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };
  /** For bodies that cannot be sent again, which a socket that was closed meanwhile would lose. */
  readonly #freshAgents: { readonly 'http:': http.Agent; readonly 'https:': https.Agent };

  constructor(connectTimeoutMs: number) {
    // lifo: the socket used last is the least likely to have been closed meanwhile
    const options = {
      keepAlive: true,
      scheduling: 'lifo',
      maxFreeSockets: MAX_IDLE_SOCKETS,
      timeout: IDLE_SOCKET_MS,
    } as const;
    this.#agents = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
    this.#freshAgents = { 'http:': new http.Agent(), 'https:': new https.Agent() };
    for (const [agent, event] of [
      [this.#agents['http:'], 'connect'],
      [this.#agents['https:'], 'secureConnect'],
      [this.#freshAgents['http:'], 'connect'],
      [this.#freshAgents['https:'], 'secureConnect'],
    ] as const) {
      limitConnectTime(agent, event, connectTimeoutMs);
      agent.reuseSocket = (socket: Duplex & { bytesRead?: number }, request: SentRequest) => {
        request.readBefore = socket.bytesRead ?? 0;
        http.Agent.prototype.reuseSocket.call(agent, socket, request);
      };
    }
  }

  /**
   * Sends one request and waits for the head of its answer.
   * @throws NotTaken where it died on a reused socket before the upstream had said anything: that had closed it
   * (RFC 9112 §9.3.1 lets such a request be sent again, as browsers do); ProxyError `upstream-*`, `connect-timeout`;
   * whatever stops the exchange meanwhile
   */
  send(outbound: Outbound, body: OutboundBody, exchange: Exchange): Promise<UpstreamAnswer> {
    const { protocol, hostname, port } = outbound.origin;
    const request: SentRequest = (protocol === 'https:' ? https : http).request({
      agent: (body.needsFreshSocket ? this.#freshAgents : this.#agents)[protocol],
      host: hostname,
      port,
      method: outbound.method,
      path: outbound.path,
      headers: outbound.headers,
      maxHeaderSize: MAX_ANSWER_HEADER_BYTES,
    });
    return answerHead(request, outbound, body, exchange);
  }

  /** Requests under way to an origin. */
  busy({ protocol, hostname, port }: UpstreamOrigin): number {
    const { sockets } = this.#agents[protocol];
    const own = `${hostname}:${port}:`;
    for (const name in sockets) if (name.startsWith(own)) return sockets[name]?.length ?? 0;
    return 0;
  }

  /**
   * A new TLS connection, on which the upstream chooses between HTTP/2 and HTTP/1.1.
   * @throws ProxyError `upstream-*`, `connect-timeout`
   */
  connectTls({ hostname, port }: UpstreamOrigin): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = (this.#agents['https:'] as unknown as Connects).createConnection({
        host: hostname,
        port,
        servername: isIP(hostname) === 0 ? hostname : '',
        ALPNProtocols: ['h2', 'http/1.1'],
        keepAlive: true,
        noDelay: true,
      }) as TLSSocket;
      socket.once('secureConnect', () => {
        resolve(socket);
      });
      // Stays: once it is open, whoever uses it hears of it as well.
      socket.on('error', (error) => {
        reject(asUpstreamFailure(error));
      });
    });
  }

  dropIdleSockets(protocol: UpstreamOrigin['protocol']): void {
    for (const sockets of Object.values(this.#agents[protocol].freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

function answerHead(
  request: SentRequest,
  { upgrade }: Outbound,
  body: OutboundBody,
  exchange: Exchange,
): Promise<UpstreamAnswer> {
  const head = new Promise<UpstreamAnswer>((resolve, reject) => {
    request.on('response', (answer) => {
      // Without the headers that name what it switches to, a 101 says nothing that could be relayed.
      if (answer.statusCode === 101) request.destroy(new ProxyError('upstream-invalid'));
      else resolve(answer);
    });
    // Stays: after the answer's head it is the answer that reports.
    request.on('error', (error) => {
      reject(diedUnheard(request, error) ? new NotTaken(error) : asUpstreamFailure(error));
    });
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
  });
  body.sendTo(request); // out here, where no listener keeps the body for as long as the answer streams
  return head;
}

function diedUnheard(request: SentRequest, error: unknown): boolean {
  return (
    request.reusedSocket &&
    STALE_CODES.has(errorCode(error)) &&
    (request.socket?.bytesRead ?? 0) === request.readBefore
  );
}

/** A connection that is not there in time fails; one timer a new connection, none a request. */
function limitConnectTime(agent: http.Agent, ready: 'connect' | 'secureConnect', limitMs: number): void {
  const target = agent as unknown as Connects;
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
