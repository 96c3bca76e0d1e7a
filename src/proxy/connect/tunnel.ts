import { request as requestHttp } from 'node:http';
import { connect, type Socket } from 'node:net';
import { ipVersion } from '../../http/ip-version';
import { ProxyError } from '../../errors/proxy-error';
import { openConnection, type Opening } from './connect-race';
import type { HttpProxy } from './http-proxy';

export interface TunnelOptions<S extends Socket> {
  readonly proxy: HttpProxy;
  readonly host: string;
  readonly port: number;
  /** For the connection to the proxy, its response and TLS together. */
  readonly limitMs: number;
  /** Starts TLS with the host on the open tunnel. */
  readonly secure: (tunnel: Socket) => S;
}

/** Opens a TLS connection to a host through an HTTP proxy, which resolves the name. */
export function openTunnel<S extends Socket>(options: TunnelOptions<S>): Opening<S> {
  const { proxy, limitMs } = options;
  const toProxy = openConnection({
    host: proxy.hostname,
    ready: 'connect',
    limitMs,
    connect: (host) => connect({ host, port: proxy.port }),
  });
  const sockets: Socket[] = [];
  let giveUp: (error: Error) => void = () => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => (giveUp = reject));
  const limit = setTimeout(() => {
    giveUp(Object.assign(new Error(`no connection within ${limitMs} ms`), { code: 'ETIMEDOUT' }));
  }, limitMs);
  const open = async (): Promise<S> => {
    const socket = await toProxy.opened;
    sockets.push(socket.on('error', ignore));
    const secured = options.secure(await tunnelled(socket, options));
    sockets.push(secured.on('error', ignore));
    await new Promise<void>((resolve, reject) => {
      secured.once('secureConnect', resolve).once('error', reject);
    });
    return secured;
  };
  const opened = Promise.race([open(), givenUp]).finally(() => {
    clearTimeout(limit);
  });
  opened.catch(() => {
    toProxy.cancel();
    for (const socket of sockets) socket.destroy();
  });
  return {
    opened,
    cancel() {
      giveUp(new Error('the connection is not needed any more'));
    },
  };
}

/** Requests the tunnel; resolves with the socket once the proxy has connected it to the host. */
function tunnelled(socket: Socket, { proxy, host, port }: TunnelOptions<Socket>): Promise<Socket> {
  const authority = `${ipVersion(host) === 6 ? `[${host}]` : host}:${port}`;
  const request = requestHttp({
    method: 'CONNECT',
    path: authority,
    headers: {
      Host: authority,
      ...(proxy.authorization === undefined ? {} : { 'Proxy-Authorization': proxy.authorization }),
    },
    createConnection: () => socket,
  });
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('connect', ({ statusCode = 0 }, _socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        reject(unreachable(`${proxy.hostname}:${proxy.port} responded to CONNECT with ${statusCode}`));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      resolve(socket);
    });
    request.end();
  });
}

/** The log names the proxy and its response; the client gets the same error as without a proxy. */
function unreachable(reason: string): ProxyError {
  return new ProxyError('upstream-unreachable', { cause: new Error(`The HTTP proxy ${reason}.`) });
}

/** Errors are reported by the promise; one that comes later belongs to whoever uses the socket. */
const ignore = () => undefined;
