import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { closeAll, listenOnLoopback, portOf } from '../shared/loopback';

/** The platform's https front of all custom domains: the Host header says which function is meant. */
export class DomainFront {
  readonly #addressOf: (host: string) => string | undefined;
  readonly #server: https.Server;

  constructor(
    tls: { readonly key: string; readonly cert: string },
    addressOf: (host: string) => string | undefined,
  ) {
    this.#addressOf = addressOf;
    this.#server = https.createServer(tls, (request, response) => this.#serve(request, response));
  }

  get port(): number {
    return portOf(this.#server);
  }

  async open(): Promise<void> {
    await listenOnLoopback(this.#server);
  }

  close(): Promise<void> {
    return closeAll(this.#server);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const address = this.#addressOf((request.headers.host ?? '').replace(/:\d+$/, ''));
    if (address === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { hostname, port } = new URL(address);
    const outgoing = http.request({
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers: request.rawHeaders,
      agent: false,
    });
    outgoing.on('response', (functionResponse) => {
      response.writeHead(functionResponse.statusCode ?? 502, functionResponse.rawHeaders);
      functionResponse.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  }
}
