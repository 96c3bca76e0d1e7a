import http, { type ServerResponse } from 'node:http';
import { Random } from '../../scripts/bench/accuracy/random';
import type { Responder } from '../../scripts/fakes/fake-upstream';

/** What the stand-in of a provider is to make of one request: a member of the request's body, which passes untouched. */
interface Order {
  readonly id: number;
  readonly as: Kind;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

type Kind =
  | 'told' // the response tells its usage
  | 'untold' // it does not
  | 'limited-once' // 429 for the first key, a response for the next
  | 'limited' // 429, whatever the key
  | 'failing' // 500
  | 'cut' // a stream that breaks off
  | 'error-event' // a stream that ends with an error
  | 'left-waiting' // the client leaves before the response
  | 'left-reading'; // it leaves within a stream

const KINDS: readonly (readonly [share: number, kind: Kind])[] = [
  [76, 'told'],
  [8, 'untold'],
  [3, 'limited-once'],
  [2, 'limited'],
  [4, 'failing'],
  [1, 'cut'],
  [1, 'error-event'],
  [2, 'left-waiting'],
  [3, 'left-reading'],
];

type Form = 'openai' | 'anthropic' | 'gemini';

interface Provider {
  readonly name: string;
  readonly form: Form;
  readonly path: (model: string, stream: boolean) => string;
  readonly models: readonly [string, ...string[]];
  readonly share: number;
}

const chatsOf = (prefix: string) => () => `${prefix}/v1/chat/completions`;

const PROVIDERS: readonly Provider[] = [
  {
    name: 'openai',
    form: 'openai',
    share: 48,
    path: chatsOf(''),
    models: ['load-large', 'load-small', 'no-price'],
  },
  { name: 'groq', form: 'openai', share: 16, path: chatsOf('/groq'), models: ['load-fast', 'load-small'] },
  { name: 'openrouter', form: 'openai', share: 12, path: chatsOf('/openrouter'), models: ['load-routed'] },
  { name: 'anthropic', form: 'anthropic', share: 14, path: () => '/v1/messages', models: ['load-claude'] },
  {
    name: 'gemini',
    form: 'gemini',
    share: 8,
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    models: ['load-gemini'],
  },
  // Its only key is revoked.
  { name: 'mistral', form: 'openai', share: 2, path: chatsOf('/mistral'), models: ['load-small'] },
];

/** As in PRICES, in USD a million tokens: thousand nano-dollars a token. */
export const PRICES: Readonly<Record<string, readonly [input: number, output: number, cached?: number]>> = {
  'load-large': [2.5, 10, 1.25],
  'load-small': [0.15, 0.6],
  'load-fast': [0.05, 0.08],
  'load-routed': [1, 2],
  'load-claude': [3, 15],
  'load-gemini': [1.25, 10],
};

const keysOf = (provider: string, count: number) =>
  Array.from({ length: count }, (_, at) => `planted-key-of-${provider}-${at}`);
/** The ending of a key that its provider does not accept. */
const REVOKED = '-revoked';

/** The bundle's variables for the load: six providers, 16 keys of which two are revoked, and the prices. */
export function loadVariables(origin: string): Record<string, string> {
  return {
    ...Object.fromEntries(PROVIDERS.map(({ name }) => [`${name.toUpperCase()}_UPSTREAM`, origin])),
    OPENAI_API_KEYS: [...keysOf('openai', 6), `planted-key-of-openai${REVOKED}`].join(','),
    GROQ_API_KEYS: keysOf('groq', 3).join(','),
    OPENROUTER_API_KEYS: keysOf('openrouter', 1).join(','),
    ANTHROPIC_API_KEYS: keysOf('anthropic', 2).join(','),
    GEMINI_API_KEYS: keysOf('gemini', 2).join(','),
    MISTRAL_API_KEYS: `planted-key-of-mistral${REVOKED}`,
    PRICES: Object.entries(PRICES)
      .map(([model, rates]) => `${model}=${rates.join('/')}`)
      .join(','),
  };
}

const AT_ONCE = 48;

/** Sends requests of all kinds, the same for the same seed, as fast as it can. */
export class MixedLoad {
  readonly #random: Random;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  /** What makes the clients leave that wait for a response. */
  readonly #leaving = new Map<number, () => void>();
  readonly #limited = new Set<number>();
  #id = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /** @param tokens those of the clients */
  async send(url: string, count: number, tokens: readonly [string, ...string[]]): Promise<void> {
    let left = count;
    const client = async () => {
      while (left-- > 0) await this.#sendOne(url, this.#random.pick(tokens));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
  }

  close(): void {
    this.#agent.destroy();
  }

  /** For `FakeUpstream`: responds as each request's order says, in the form of its API. */
  readonly respond: Responder = (request, response, { url, body, headers }) => {
    if (body.length === 0) {
      sendError(response, 'openai', 404); // it is asked where it sees the proxy
      return;
    }
    const { order, model, stream } = JSON.parse(body.toString()) as {
      order: Order;
      model: string;
      stream: boolean;
    };
    const form = url.includes('/messages') ? 'anthropic' : url.includes(':') ? 'gemini' : 'openai';
    const credential = headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'] ?? '';
    if (String(credential).endsWith(REVOKED)) sendError(response, form, 401);
    else if (order.as === 'failing') sendError(response, form, 500);
    else if (order.as === 'limited' || (order.as === 'limited-once' && !this.#limited.has(order.id))) {
      this.#limited.add(order.id);
      sendError(response, form, 429);
    } else if (order.as === 'left-waiting') this.#leaving.get(order.id)?.();
    else {
      const pieces = FORMS[form](model, order, stream);
      response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
      if (order.as === 'left-reading') response.write(pieces[0]);
      else if (order.as === 'cut') response.write(pieces[0], () => request.socket.destroy());
      else if (order.as === 'error-event') {
        response.write(pieces[0]);
        response.end(`data: ${JSON.stringify({ error: { message: 'Broken.', type: 'server_error' } })}\n\n`);
      } else response.end(pieces.join(''));
    }
  };

  #sendOne(url: string, token: string): Promise<void> {
    const random = this.#random;
    let wanted = random.integer(0, 99);
    const provider = PROVIDERS.find(({ share }) => (wanted -= share) < 0) ?? PROVIDERS[0];
    let kindAt = random.integer(0, 99);
    const drawn = KINDS.find(([share]) => (kindAt -= share) < 0)?.[1] ?? 'told';
    const input = random.integer(1, 4_000);
    const [stream, output] = [random.chance(0.5), random.integer(1, 900)];
    const cached = random.chance(0.3) ? random.integer(0, input) : 0;
    if (!provider) throw new Error('There are providers.');
    const model = random.pick(provider.models);
    // The provider's rate limits and broken streams are simulated in one form only.
    const as = provider.name !== 'openai' && provider.name !== 'groq' && ONE_FORM.has(drawn) ? 'told' : drawn;
    const isStream = STREAMS.has(as) || (as !== 'left-waiting' && stream);
    const order: Order = { id: ++this.#id, as, input, cached, output };
    const body = JSON.stringify({ model, stream: isStream, order, messages: [] });
    const leaves = as === 'left-waiting' || as === 'left-reading';
    return new Promise((resolve) => {
      const outgoing = http.request(url + provider.path(model, isStream), {
        method: 'POST',
        agent: leaves ? false : this.#agent,
        headers: { ...credentialFor(provider.form, token), 'content-type': 'application/json' },
      });
      if (as === 'left-waiting') this.#leaving.set(order.id, () => outgoing.destroy());
      outgoing.on('response', (response) => {
        response.on('data', () => {
          if (as === 'left-reading') outgoing.destroy();
        });
        response.on('error', () => undefined).on('close', resolve);
      });
      outgoing.on('error', () => {
        resolve();
      });
      outgoing.end(body);
    });
  }
}

const ONE_FORM = new Set<Kind>(['limited', 'limited-once', 'cut', 'error-event']);
const STREAMS = new Set<Kind>(['cut', 'error-event', 'left-reading']);

function credentialFor(form: Form, token: string): Record<string, string> {
  if (form === 'anthropic') return { 'x-api-key': token, 'anthropic-version': '2023-06-01' };
  return form === 'gemini' ? { 'x-goog-api-key': token } : { authorization: `Bearer ${token}` };
}

const ERRORS = {
  401: ['invalid_request_error', 'invalid_api_key'],
  404: ['invalid_request_error', 'unknown_url'],
  429: ['requests', 'rate_limit_exceeded'],
  500: ['server_error', 'server_error'],
} as const;

function sendError(response: ServerResponse, form: Form, status: keyof typeof ERRORS): void {
  const [type, code] = ERRORS[status];
  const message = `Simulated ${code}.`;
  const body =
    form === 'anthropic'
      ? { type: 'error', error: { type: 'api_error', message } }
      : form === 'gemini'
        ? { error: { code: status, message, status: 'INTERNAL' } }
        : { error: { message, type, param: null, code } };
  response.writeHead(status, { 'content-type': 'application/json', 'retry-after-ms': '1' });
  response.end(JSON.stringify(body));
}

type Pieces = readonly [beginning: string, end: string];

/** A response in two pieces, as each API has it. */
const FORMS: Readonly<Record<Form, (model: string, order: Order, stream: boolean) => Pieces>> = {
  openai(model, { as, input, cached, output, id }, stream) {
    const usage = {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: { cached_tokens: cached },
      ...(model === 'load-routed' ? { cost: (id % 1_000) / 1e5 } : {}),
    };
    const told = as === 'untold' ? {} : { usage };
    if (!stream) {
      const choices = [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }];
      return ['', JSON.stringify({ id: 'c', object: 'chat.completion', model, choices, ...told })];
    }
    const chunk = (more: object) =>
      `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', model, ...more })}\n\n`;
    const first = chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: 'Hi' } }] });
    return [first, `${as === 'untold' ? '' : chunk({ choices: [], usage })}data: [DONE]\n\n`];
  },
  anthropic(model, { as, input, output }, stream) {
    const told = as === 'untold' ? {} : { usage: { input_tokens: input, output_tokens: output } };
    const message = { id: 'msg_1', type: 'message', role: 'assistant', model };
    if (!stream) {
      return ['', JSON.stringify({ ...message, content: [{ type: 'text', text: 'Hi' }], ...told })];
    }
    const event = (one: { readonly type: string }) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`;
    const atFirst = as === 'untold' ? {} : { usage: { input_tokens: input, output_tokens: 1 } };
    const [start, delta] = [{ message: { ...message, content: [], ...atFirst } }, { delta: {}, ...told }];
    return [
      event({ type: 'message_start', ...start }),
      event({ type: 'message_delta', ...delta }) + event({ type: 'message_stop' }),
    ];
  },
  gemini(model, { as, input, output }, stream) {
    const usageMetadata = {
      promptTokenCount: input,
      candidatesTokenCount: output,
      totalTokenCount: input + output,
    };
    const candidates = [{ content: { role: 'model', parts: [{ text: 'Hi' }] } }];
    const text = (more: object) => JSON.stringify({ candidates, modelVersion: model, ...more });
    const end = text(as === 'untold' ? {} : { usageMetadata });
    return stream ? [`data: ${text({})}\n\n`, `data: ${end}\n\n`] : ['', end];
  },
};
