import { Agent as HttpAgent, type ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';

/** A request that knows how much its reused socket had read before. */
export type PooledRequest = ClientRequest & { readBefore?: number };

/** What a request's options tell its agent. */
export interface PoolOptions {
  /** The origin's name among those of the agent's protocol; sockets with the same name serve each other's requests. */
  readonly pool?: string;
}

/** Node's types declare these two methods only from version 22 on. */
interface AgentMethods {
  addRequest(request: PooledRequest, options: PoolOptions): void;
  getName(options: PoolOptions): string;
}

/**
 * Makes an agent find sockets by the origin's name. Node makes a name of up to twenty options, three times a request,
 * and copies all options of a request and of the agent for each: a socket that is open already needs none of them (docs/decisions/0011).
 */
export function poolByOrigin(agent: HttpAgent): void {
  const target = agent as unknown as AgentMethods;
  const addRequest = target.addRequest.bind(agent);
  /** In place of the options of a request that gets an open socket. `servername`, or Node would look for one. */
  const reusing = new Map<string, PoolOptions & { readonly servername: '' }>();
  const methods: AgentMethods = {
    getName: ({ pool = '' }) => pool,
    addRequest(request, options) {
      const { pool = '' } = options;
      const free = agent.freeSockets[pool];
      // Node takes the last, once the first is not destroyed.
      if (!free || free.length === 0 || free[0]?.destroyed !== false) {
        addRequest(request, options);
        return;
      }
      let short = reusing.get(pool);
      if (!short) reusing.set(pool, (short = { pool, servername: '' }));
      addRequest(request, short);
    },
  };
  Object.assign(agent, methods);
  agent.reuseSocket = (socket: Duplex & { bytesRead?: number }, request: PooledRequest) => {
    request.readBefore = socket.bytesRead ?? 0;
    HttpAgent.prototype.reuseSocket.call(agent, socket, request);
  };
}
