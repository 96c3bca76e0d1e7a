import { spawn, type ChildProcess } from 'node:child_process';
import type { EventResponse } from '../../src/event/response';
import { EVENT_BUNDLE } from '../helpers/built-bundles';

/** What SCF's runtime does: requires the file, calls its handler, and takes what JSON can carry. */
const RUNTIME = `
const { main_handler } = require(process.argv[1]);
process.on('message', ({ id, event }) => {
  const context = { time_limit_in_ms: 60000, getRemainingTimeInMillis: () => 60000 };
  main_handler(event, context).then(
    (response) => process.send({ id, response }),
    (error) => process.send({ id, error: error.message }),
  );
});`;

interface Reply {
  readonly id: number;
  readonly response?: EventResponse;
  readonly error?: string;
}

/** The event bundle in a process of its own, as SCF runs it; nothing of this process's environment is passed on. */
export class Runtime {
  readonly #process: ChildProcess;
  #id = 0;
  stdout = '';
  stderr = '';

  constructor(environment: Record<string, string>) {
    this.#process = spawn(process.execPath, ['-e', RUNTIME, EVENT_BUNDLE], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process.setMaxListeners(0);
    this.#process.stdout?.on('data', (chunk) => (this.stdout += String(chunk)));
    this.#process.stderr?.on('data', (chunk) => (this.stderr += String(chunk)));
  }

  invoke(event: object): Promise<EventResponse> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      const onReply = (reply: Reply) => {
        if (reply.id !== id) return;
        this.#process.off('message', onReply);
        if (reply.response) resolve(reply.response);
        else reject(new Error(reply.error));
      };
      this.#process.on('message', onReply);
      this.#process.send({ id, event });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#process.once('close', () => resolve());
      this.#process.kill('SIGKILL');
    });
  }
}

/** A platform's way to make an event of a request. */
export type Shape = (request: Request, url: URL, body: Buffer) => object;

function queryObject(url: URL): Record<string, string | string[]> {
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const [first = '', ...more] = url.searchParams.getAll(name);
      return [name, more.length === 0 ? first : [first, ...more]];
    }),
  );
}

export const functionUrl: Shape = (request, url, body) => ({
  body: body.toString('utf8'),
  headers: { ...Object.fromEntries(request.headers), host: url.host, 'x-real-ip': '203.0.113.7' },
  httpMethod: request.method,
  path: url.pathname,
  queryString: queryObject(url),
});

export const apiGateway: Shape = (request, url, body) => ({
  requestContext: {
    serviceId: 'service-f94sy04v',
    path: '/',
    httpMethod: 'ANY',
    requestId: 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef',
    identity: {},
    sourceIp: '203.0.113.7',
    stage: 'release',
  },
  headers: { ...Object.fromEntries(request.headers), Host: url.host },
  body: body.toString('base64'),
  isBase64Encoded: true,
  pathParameters: {},
  queryStringParameters: {},
  headerParameters: {},
  stageVariables: { stage: 'release' },
  path: `/release${url.pathname}`,
  queryString: queryObject(url),
  httpMethod: request.method,
});

/** The platform in between: converts the client's request to an event, and the response to HTTP. */
export const fetchThrough =
  (runtime: Runtime, shape: Shape, onResponse: (response: EventResponse) => void): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const body = Buffer.from(await request.arrayBuffer());
    const response = await runtime.invoke(shape(request, new URL(request.url), body));
    onResponse(response);
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) {
      for (const one of [value].flat()) headers.append(name, one);
    }
    const bytes = Buffer.from(response.body, response.isBase64Encoded ? 'base64' : 'utf8');
    return new Response(bytes.length === 0 ? null : bytes, { status: response.statusCode, headers });
  };
