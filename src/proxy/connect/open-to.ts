import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { ipVersion } from '../../http/ip-version';
import { openConnection, type Opening } from './connect-race';
import type { ProxyChoice } from './http-proxy';
import { openTunnel } from './tunnel';
import type { UpstreamOrigin } from '../routing/upstream-origin';

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
