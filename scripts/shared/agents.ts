import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { openConnection } from '../../src/proxy/connect/connect-race';
import type { ProxyChoice } from '../../src/proxy/connect/http-proxy';
import { openTunnel } from '../../src/proxy/connect/tunnel';

const CONNECT_LIMIT_MS = 10_000;

interface AgentOptions {
  readonly host?: string;
  readonly port?: number | string;
  /** An open connection on which TLS starts. */
  readonly socket?: Socket;
}

/**
 * An agent that opens a new connection for every request, to the address of a name that responds first. Node's default
 * gives up an address after 250 ms, which is less than a handshake with a far region may take.
 * @param httpProxy the user's HTTP proxy, which only connections with TLS go through; without it the connection is direct
 */
export function agentFor(url: string, httpProxy?: ProxyChoice): http.Agent {
  const secure = url.startsWith('https:');
  const agent = secure ? new https.Agent() : new http.Agent();
  // Node's types declare it only from version 22 on.
  const target = agent as unknown as { createConnection(options: AgentOptions): Socket };
  const connect = target.createConnection.bind(agent);
  const race = (options: AgentOptions, callback: (error: unknown, socket?: Socket) => void): void => {
    const { host = 'localhost', port = '' } = options;
    const proxy = secure ? httpProxy?.(host, Number(port)) : undefined;
    const { opened } = proxy
      ? openTunnel({
          ...{ proxy, host, port: Number(port), limitMs: CONNECT_LIMIT_MS },
          secure: (socket) => connect({ ...options, socket }),
        })
      : openConnection({
          host,
          ready: secure ? 'secureConnect' : 'connect',
          limitMs: CONNECT_LIMIT_MS,
          connect: (address) => connect({ ...options, host: address }),
        });
    opened.then((socket) => {
      callback(null, socket);
    }, callback);
  };
  // It returns nothing, so the agent waits for the callback.
  Object.assign(agent, { createConnection: race });
  return agent;
}
