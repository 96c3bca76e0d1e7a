import { randomUUID } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { CLS_VERSION } from '../shared/cls';
import { closeAll, listenOnLoopback, portOf } from '../shared/loopback';
import type { Api, ApiCall } from './api';
import { ApiError } from './api-error';
import type { Faults } from './faults';
import { verifySignature, type Credentials } from './signature';

const SCF_VERSION = '2018-04-16';

/** Tencent Cloud API 3.0 over HTTP: one POST per call, errors in the body of a 200. */
export class ApiServer {
  /** Every call with a valid signature, in order. */
  readonly calls: ApiCall[] = [];
  readonly #credentials: Credentials;
  readonly #api: Api;
  readonly #faults: Faults;
  readonly #download: (path: string) => Buffer | undefined;
  readonly #server = http.createServer((request, response) => void this.#serve(request, response));

  constructor(options: {
    readonly credentials: Credentials;
    readonly api: Api;
    readonly faults: Faults;
    /** The content of a path that is fetched without a signature, such as the code of a function. */
    readonly download: (path: string) => Buffer | undefined;
  }) {
    this.#credentials = options.credentials;
    this.#api = options.api;
    this.#faults = options.faults;
    this.#download = options.download;
  }

  get endpoint(): string {
    return `127.0.0.1:${portOf(this.#server)}`;
  }

  async open(): Promise<void> {
    await listenOnLoopback(this.#server);
  }

  close(): Promise<void> {
    return closeAll(this.#server);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      const content = this.#download(request.url ?? '');
      response.writeHead(content ? 200 : 404).end(content);
      return;
    }
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      verifySignature(request, body, this.#credentials);
      const call = callOf(request, body);
      this.calls.push(call);
      const { drop, error } = this.#faults.next(call.action);
      if (drop === 'before') {
        request.socket.destroy();
        return;
      }
      if (error) throw error;
      const result = await this.#api.run(call);
      if (drop === 'after') request.socket.destroy();
      else respond(response, result);
    } catch (error) {
      if (request.destroyed && !request.complete) return; // the client disconnected during the body
      const { code, message } =
        error instanceof ApiError ? error : { code: 'InternalError', message: String(error) };
      respond(response, { Error: { Code: code, Message: message }, RequestId: randomUUID() });
    }
  }
}

function callOf(request: IncomingMessage, body: Buffer): ApiCall {
  const header = (name: string) => {
    const value = request.headers[name];
    if (typeof value !== 'string') throw new ApiError('MissingParameter', `The header ${name} is missing.`);
    return value;
  };
  const action = header('x-tc-action');
  const version = header('x-tc-version');
  if (version !== (action === 'SearchLog' ? CLS_VERSION : SCF_VERSION))
    throw new ApiError('NoSuchVersion', `There is no version \`${version}\`.`);
  const parameters: unknown = JSON.parse(body.toString('utf8'));
  if (typeof parameters !== 'object' || parameters === null) {
    throw new ApiError('InvalidRequest', 'The body is not a JSON object.');
  }
  return {
    action,
    region: header('x-tc-region'),
    parameters: parameters as Record<string, unknown>,
  };
}

function respond(response: ServerResponse, result: object): void {
  const body = JSON.stringify({ Response: result });
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}
