import { startFakeUpstream, type FakeUpstream, type Responder } from '../../scripts/fakes/fake-upstream';
import { send, type WireRequest } from './http';
import { startProxy, type RunningProxy } from './proxies';

export const TOKEN = 'tok-planted-1-0123456789';

/** A format with the members of a chain in it, the path of a request and its bodies. */
export interface ChainFormat {
  readonly path: string;
  readonly members: readonly [string, string, string];
  readonly body: (model: string, stream: boolean) => string;
}

const chatBody = (model: string, stream: boolean) =>
  `{ "model" : "${model}","stream":${stream}, "max_tokens":9,"messages":[{"role":"user","content":"é 你好"}],"n":1.0 }\n`;

export const FORMATS: Readonly<Record<'chat' | 'responses' | 'messages', ChainFormat>> = {
  chat: { path: '/v1/chat/completions', members: ['openai', 'deepseek', 'groq'], body: chatBody },
  responses: {
    path: '/v1/responses',
    members: ['openai', 'azure', 'openai'],
    body: (model, stream) => `{"input":"é 你好", "model":"${model}","stream":${stream},"x":1.0}`,
  },
  messages: { path: '/v1/messages', members: ['anthropic', 'deepseek', 'anthropic'], body: chatBody },
};

/** `m=first/model-a > second/model-b`, of as many members as wanted. */
export const routeOf = ({ members }: ChainFormat, count: number) =>
  `m=${members
    .slice(0, count)
    .map((name, at) => `${name}/model-${'abc'.charAt(at)}`)
    .join(' > ')}`;

const NAMES = ['openai', 'azure', 'anthropic', 'deepseek', 'groq'];

/** An API of its own for each provider. */
export class Providers {
  readonly #running: RunningProxy[] = [];
  readonly #usual: Responder;

  private constructor(private readonly upstreams: ReadonlyMap<string, FakeUpstream>) {
    this.#usual = this.at('openai').currentResponder();
  }

  static async start(): Promise<Providers> {
    const started = await Promise.all(NAMES.map(async (name) => [name, await startFakeUpstream()] as const));
    return new Providers(new Map(started));
  }

  at(name: string): FakeUpstream {
    const upstream = this.upstreams.get(name);
    if (!upstream) throw new Error(`There is no ${name}.`);
    return upstream;
  }

  /** A proxy with a key for each of them. */
  async proxy(environment: Record<string, string>): Promise<RunningProxy> {
    const all: Record<string, string> = { ACCESS_TOKENS: `laptop:${TOKEN}` };
    for (const [name, { origin }] of this.upstreams) {
      all[`${name.toUpperCase()}_UPSTREAM`] = origin;
      all[`${name.toUpperCase()}_API_KEYS`] = `sk-pool-${name}`;
    }
    const proxy = await startProxy({ origin: 'http://127.0.0.1:1' }, { ...all, ...environment });
    this.#running.push(proxy);
    return proxy;
  }

  /** Ends the proxies, and makes every provider respond as usual. */
  async reset(): Promise<void> {
    await Promise.all(this.#running.splice(0).map((proxy) => proxy.stop()));
    for (const upstream of this.upstreams.values()) {
      upstream.respond(this.#usual);
      upstream.seen.length = 0;
      upstream.aborts.length = 0;
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.upstreams.values()].map((upstream) => upstream.close()));
  }
}

export function ask(
  proxy: RunningProxy,
  { path, body }: ChainFormat,
  { stream = false, headers = {}, text }: AskOptions = {},
) {
  const request: WireRequest = {
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    body: text ?? body('m', stream),
  };
  return send(proxy.url, path, request);
}

interface AskOptions {
  readonly stream?: boolean;
  readonly headers?: Record<string, string>;
  /** A body in place of the format's. */
  readonly text?: string;
}

/** The line of a request, once it is written. */
export const linesOf = ({ log }: RunningProxy, message: string) => log.filter(({ msg }) => msg === message);

const json =
  (status: number, body: object, headers: Record<string, string> = {}): Responder =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

const error = (code: string) => ({ type: 'error', error: { type: code, code, message: `It is ${code}.` } });

/** Each way in which a provider fails before the first byte of a response, whatever the format. */
export const FAILURES = {
  'a connection that is reset': (request) => request.socket.destroy(),
  'bytes that are not HTTP': (request) => request.socket.end('What?\r\n\r\n'),
  'a 500': json(500, error('server_error')),
  'a 502 in HTML': (_request, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
  },
  'a 503': json(503, error('service_unavailable_error')),
  'a 529': json(529, error('overloaded_error')),
  'a 500 that is too long to be read': (_request, response) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).end('x'.repeat(200_000));
  },
  'a 500 that never ends': (_request, response) => {
    response.writeHead(500, { 'content-type': 'text/plain' }).write('x'.repeat(200_000));
  },
  'a rate limit of its only key': json(429, error('rate_limit_exceeded'), { 'retry-after': '30' }),
  'no credit left': json(402, error('insufficient_quota')),
  'a key that is invalid': json(401, error('invalid_api_key')),
  'a model that the key may not use': json(404, error('model_not_found')),
  'no head in time': () => undefined,
} satisfies Record<string, Responder>;

/** Ways in which only a stream fails before its first byte. */
export const STREAM_FAILURES = {
  'a first event that is a failure': (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(`event: error\ndata: ${JSON.stringify(error('overloaded_error'))}\n\n`);
  },
  'a first event that is a failure without a known code': (_request, response) => {
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(`data: ${JSON.stringify({ error: { message: 'It went wrong.', code: 'odd' } })}\n\n`);
  },
  'a stream that is cut before its first event': (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    setImmediate(() => response.destroy());
  },
} satisfies Record<string, Responder>;

/** Ways in which only a response that is no stream fails before its first byte. */
export const PLAIN_FAILURES = {
  'a body that is cut before its first byte': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).flushHeaders();
    setImmediate(() => response.destroy());
  },
} satisfies Record<string, Responder>;
