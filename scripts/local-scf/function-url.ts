import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { closeAll, listenOnLoopback, portOf } from '../shared/loopback';
import type { Lease } from './fleet';
import type { ServerFunction } from './functions';
import {
  checkResponseSize,
  ExchangeError,
  inboundHeaders,
  outboundHeaders,
  readBody,
  sendError,
} from './exchange';
import { StartError } from './instances';
import { routedFleet } from './versions';

export interface FunctionUrlOptions {
  readonly relay: 'stream' | 'buffer';
  readonly isOpen: () => boolean;
  /** Whether the platform's own CORS is on. */
  readonly hasCors: () => boolean;
  /** The error that the next request ends in, if a test wants one. */
  readonly nextFault: () => ExchangeError | undefined;
}

/** The public address of a function: an http server that passes each request to an instance. */
export class FunctionUrl {
  readonly #target: ServerFunction;
  readonly #options: FunctionUrlOptions;
  readonly #server = http.createServer(
    { requestTimeout: 0, keepAliveTimeout: 60_000 },
    (request, response) => {
      void this.#serve(request, response);
    },
  );

  constructor(target: ServerFunction, options: FunctionUrlOptions) {
    this.#target = target;
    this.#options = options;
  }

  get address(): string {
    return this.#server.listening ? `http://127.0.0.1:${portOf(this.#server)}` : '';
  }

  async open(): Promise<void> {
    await listenOnLoopback(this.#server);
  }

  close(): Promise<void> {
    return closeAll(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      if (!this.#options.isOpen()) throw new ExchangeError('UrlDisabled', 'The Function URL is off.');
      const body = await readBody(request);
      const fault = this.#options.nextFault();
      if (fault) throw fault;
      const lease = await this.#lease();
      try {
        if (response.destroyed) throw new ExchangeError('ClientLeft', 'The client left.');
        await this.#exchange({ request, response, requestId, body, lease });
      } finally {
        lease.release();
      }
    } catch (error) {
      sendError(response, requestId, error);
    }
  }

  async #lease(): Promise<Lease> {
    const fleet = routedFleet(this.#target);
    if (!fleet) throw new ExchangeError('FunctionStatusError', 'The function is being created.');
    try {
      return await fleet.lease();
    } catch (error) {
      const isSilent = error instanceof StartError && error.reason === 'silent';
      throw new ExchangeError(
        isSilent ? 'PortBindingFailed' : 'ContainerStateExited',
        error instanceof Error ? error.message : String(error),
      );
    }
  }

  /** Resolves when the exchange with the instance is over, however it ends. */
  #exchange({ request, response, requestId, body, lease }: Exchange): Promise<void> {
    return new Promise((resolve, reject) => {
      const remoteAddress = request.socket.remoteAddress ?? '';
      const outgoing = http.request({
        host: '127.0.0.1',
        port: lease.port,
        method: request.method,
        path: request.url,
        headers: inboundHeaders(this.#target, { request, requestId, remoteAddress, body }),
        agent: false, // observed on the platform: every request uses a new connection
      });
      const fail = (error: Error) => {
        outgoing.destroy();
        reject(error);
      };
      const { timeoutS } = this.#target.configuration;
      const timer = setTimeout(
        () =>
          fail(new ExchangeError('TimeLimitReached', `Invoking task timed out after ${timeoutS} seconds`)),
        timeoutS * 1000,
      );
      response.on('close', () => {
        if (!response.writableFinished) fail(new ExchangeError('ClientLeft', 'The client left.'));
      });
      let incoming: IncomingMessage | undefined;
      outgoing.on('close', () => {
        clearTimeout(timer);
        if (incoming?.complete) resolve();
        else reject(new ExchangeError('FunctionExited', 'The function interrupted its response.'));
      });
      outgoing.on('error', (error) => fail(new ExchangeError('FunctionExited', error.message)));
      outgoing.on('response', (functionResponse) => {
        incoming = functionResponse;
        functionResponse.on('error', (error) => fail(new ExchangeError('FunctionExited', error.message)));
        try {
          const headers = outboundHeaders(functionResponse, requestId, this.#options.hasCors());
          if (this.#options.relay === 'stream') {
            response.writeHead(functionResponse.statusCode ?? 502, headers);
            response.flushHeaders();
            functionResponse.pipe(response);
            return;
          }
          const chunks: Buffer[] = [];
          functionResponse.on('data', (chunk: Buffer) => chunks.push(chunk));
          functionResponse.on('end', () => {
            const whole = Buffer.concat(chunks);
            try {
              checkResponseSize(whole.length);
            } catch (error) {
              fail(error as Error);
              return;
            }
            response.writeHead(functionResponse.statusCode ?? 502, headers);
            response.end(whole);
          });
        } catch (error) {
          fail(error as Error);
        }
      });
      outgoing.end(body);
    });
  }
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly body: Buffer;
  readonly lease: Lease;
}
