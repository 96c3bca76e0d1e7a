import type { Agent } from 'node:http';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ipVersion } from '../../http/ip-version';
import { openConnection, type Opening } from './connect-race';
import type { ProxyChoice } from './http-proxy';
import { openTunnel } from './tunnel';
import type { UpstreamOrigin } from '../routing/upstream-origin';

/** Passed to an agent with a request's options; the agent sets `cancel` while it connects. */
export interface Connecting {
  cancel?: (() => void) | undefined;
}

interface AgentOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly connecting?: Connecting;
  /** An open connection on which TLS starts. */
  readonly socket?: Socket;
}

/**
 * Makes an agent open its connections with `openConnection`, within a limit.
 * @param httpProxy the user's HTTP proxy, which only connections with TLS go through
 * @returns how many connections to a host and port it is opening at present
 */
export function raceConnections(
  agent: Agent,
  ready: 'connect' | 'secureConnect',
  limitMs: number,
  httpProxy?: ProxyChoice,
): (host: string, port: number) => number {
  // Node's types declare it only from version 22 on.
  const target = agent as unknown as { createConnection(options: AgentOptions): Socket };
  const connect = target.createConnection.bind(agent);
  const opening = new Map<string, number>();
  const race = (options: AgentOptions, callback: (error: unknown, socket?: Socket) => void): void => {
    const { host = 'localhost', port = '', connecting } = options;
    const place = `${host}:${port}`;
    const count = (by: number) => {
      const now = (opening.get(place) ?? 0) + by;
      if (now === 0) opening.delete(place);
      else opening.set(place, now);
    };
    const proxy = ready === 'secureConnect' ? httpProxy?.(host, Number(port)) : undefined;
    const { opened, cancel } = proxy
      ? openTunnel({
          ...{ proxy, host, port: Number(port), limitMs },
          secure: (socket) => connect({ ...options, socket }),
        })
      : openConnection({
          host,
          ready,
          limitMs,
          connect: (address) => connect({ ...options, host: address }),
        });
    count(1);
    if (connecting) connecting.cancel = cancel;
    const end = (error: unknown, socket?: Socket) => {
      count(-1);
      if (connecting) connecting.cancel = undefined;
      callback(error, socket);
    };
    opened.then((socket) => end(null, socket), end);
  };
  // It returns nothing, so the agent waits for the callback.
  Object.assign(agent, { createConnection: race });
  return (host, port) => opening.get(`${host}:${port}`) ?? 0;
}

/** A connection of its own to an origin: over TLS if it is `https:`. */
export function openTo(
  { protocol, hostname, port }: Pick<UpstreamOrigin, 'protocol' | 'hostname' | 'port'>,
  limitMs: number,
  httpProxy?: ProxyChoice,
): Opening<Socket> {
  if (protocol === 'https:') return openTls({ hostname, port }, limitMs, {}, httpProxy);
  return openConnection({
    host: hostname,
    ready: 'connect',
    limitMs,
    connect: (host) => connectTcp({ host, port }),
  });
}

/** As `openTo` for `https:`, with TLS options. */
export function openTls(
  { hostname, port }: Pick<UpstreamOrigin, 'hostname' | 'port'>,
  limitMs: number,
  options: ConnectionOptions = {},
  httpProxy?: ProxyChoice,
): Opening<TLSSocket> {
  const servername = ipVersion(hostname) === 0 ? hostname : ''; // RFC 6066 §3: never an address
  const proxy = httpProxy?.(hostname, port);
  if (proxy) {
    return openTunnel({
      ...{ proxy, host: hostname, port, limitMs },
      secure: (socket) => connectTls({ host: hostname, servername, ...options, socket }),
    });
  }
  return openConnection({
    host: hostname,
    ready: 'secureConnect',
    limitMs,
    connect: (host) => connectTls({ host, port, servername, ...options }),
  });
}
