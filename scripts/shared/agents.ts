import http from 'node:http';
import https from 'node:https';
import type { ProxyChoice } from '../../src/proxy/connect/http-proxy';
import { raceConnections } from '../../src/proxy/connect/racing-agent';

const CONNECT_LIMIT_MS = 10_000;

/**
 * An agent that opens a new connection for every request, to the address of a name that responds first. Node's default
 * gives up an address after 250 ms, which is less than a handshake with a far region may take.
 * @param httpProxy the user's HTTP proxy; without it the connection is direct
 */
export function agentFor(url: string, httpProxy?: ProxyChoice): http.Agent {
  const secure = url.startsWith('https:');
  const agent = secure ? new https.Agent() : new http.Agent();
  raceConnections(agent, secure ? 'secureConnect' : 'connect', CONNECT_LIMIT_MS, httpProxy);
  return agent;
}
