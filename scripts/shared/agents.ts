import http from 'node:http';
import https from 'node:https';
import { raceConnections } from '../../src/proxy/connect/racing-agent';

const CONNECT_LIMIT_MS = 10_000;

/**
 * An agent that opens a new connection for every request, to the address of a name that responds first. Node's default
 * gives up an address after 250 ms, which is less than a handshake with a far region may take.
 */
export function agentFor(url: string): http.Agent {
  const secure = url.startsWith('https:');
  const agent = secure ? new https.Agent() : new http.Agent();
  raceConnections(agent, secure ? 'secureConnect' : 'connect', CONNECT_LIMIT_MS);
  return agent;
}
