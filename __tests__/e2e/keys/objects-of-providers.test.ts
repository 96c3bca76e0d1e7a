import type { Responder } from '../../../scripts/fakes/fake-upstream';
import { Providers, TOKEN } from '../../helpers/chains';
import { send } from '../../helpers/http';
import type { RunningProxy } from '../../helpers/proxies';

/** OpenAI is the default, Groq another that the server has keys for; each knows only the objects that it has made. */

const ANTHROPIC = { 'anthropic-version': '2023-06-01' };
let providers: Providers;
let proxy: RunningProxy;
let made = 0;

beforeAll(async () => {
  providers = await Providers.start();
});
afterAll(() => providers.close());
beforeEach(async () => {
  for (const name of ['openai', 'groq', 'anthropic']) {
    const keyOf = new Map<string, string>();
    const respond: Responder = (request, response, { url, body, headers }) => {
      const key = String(headers.authorization ?? headers['x-api-key']);
      const named = [...`${url} ${body.toString()}`.matchAll(/[a-z]+_made\d+/g)].map(([id]) => id);
      const isKnown = named.every((id) => keyOf.get(id) === key);
      const id = `${/([a-z]+)[a-z_/]*$/.exec(url)?.[1] ?? 'x'}_made${++made}`;
      if (request.method === 'POST') keyOf.set(id, key);
      response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKnown ? { id } : { error: { message: 'No such object', code: null } }));
    };
    providers.at(name).respond(respond);
  }
  proxy = await providers.proxy({
    GROQ_API_KEYS: 'gsk-pool-1,gsk-pool-2',
    ANTHROPIC_API_KEYS: 'sk-ant-1,sk-ant-2',
    MODEL_ROUTES: 'm=groq/model-g',
    DEFAULT_PROVIDER: 'openai',
  });
});
afterEach(() => providers.reset());

async function ask(request: string, body?: object, headers: Record<string, string> = {}) {
  const [method = '', path = ''] = request.split(' ');
  const response = await send(proxy.url, path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const { id = '' } = JSON.parse(response.body.toString()) as { id?: string };
  return { status: response.status, id, code: response.headers['x-proxy-error'] };
}

const seenAt = (name: string) => providers.at(name).seen.map(({ method, url }) => `${method} ${url}`);

type Next = (id: string) => readonly [request: string, body?: object];
const CASES: readonly (readonly [what: string, make: string, body: object, next: Next])[] = [
  ['a response, by its model', 'POST /v1/responses', { model: 'm' }, (id) => [`GET /v1/responses/${id}`]],
  ['its items', 'POST /v1/responses', { model: 'm' }, (id) => [`GET /v1/responses/${id}/input_items`]],
  ['its end', 'POST /v1/responses', { model: 'm' }, (id) => [`POST /v1/responses/${id}/cancel`, {}]],
  ['its deletion', 'POST /v1/responses', { model: 'm' }, (id) => [`DELETE /v1/responses/${id}`]],
  ['a file', 'POST /groq/v1/files', {}, (id) => [`GET /v1/files/${id}/content`]],
  ['a file of a batch', 'POST /groq/v1/files', {}, (id) => ['POST /v1/batches', { input_file_id: id }]],
  ['a batch', 'POST /groq/v1/batches', {}, (id) => [`GET /v1/batches/${id}`]],
  ['its end', 'POST /groq/v1/batches', {}, (id) => [`POST /v1/batches/${id}/cancel`]],
  [
    'files of a vector store',
    'POST /groq/v1/files',
    {},
    (id) => ['POST /v1/vector_stores', { file_ids: [id] }],
  ],
  ['a vector store', 'POST /groq/v1/vector_stores', {}, (id) => [`POST /v1/vector_stores/${id}/search`, {}]],
  ['a thread', 'POST /groq/v1/threads', {}, (id) => [`POST /v1/threads/${id}/runs`, { assistant_id: 'a' }]],
  [
    'a training file',
    'POST /groq/v1/files',
    {},
    (id) => ['POST /v1/fine_tuning/jobs', { model: 'gpt-5', training_file: id }],
  ],
  [
    'a job of fine-tuning',
    'POST /groq/v1/fine_tuning/jobs',
    {},
    (id) => [`GET /v1/fine_tuning/jobs/${id}/events`],
  ],
  ['a conversation', 'POST /groq/v1/conversations', {}, (id) => [`GET /v1/conversations/${id}/items`]],
  ['a container', 'POST /groq/v1/containers', {}, (id) => [`GET /v1/containers/${id}/files`]],
];

describe('A stored object is requested from the provider that made it, with the key that made it', () => {
  it.each(CASES)('if the path names no provider: %s', async (_what, make, body, next) => {
    const { status, id } = await ask(make, body);
    expect(status).toBe(200);
    const then = next(id);
    // Not by chance of the turn: the other key would have it now.
    expect([(await ask(...then)).status, (await ask(...then)).status]).toEqual([200, 200]);
    expect(seenAt('groq').slice(1)).toEqual([then[0], then[0]]);
    expect(new Set(providers.at('groq').seen.map(({ headers }) => headers.authorization)).size).toBe(1);
    expect(seenAt('openai')).toEqual([]);
  });

  it.each([
    [
      'Anthropic’s batch',
      'POST /v1/messages/batches',
      (id: string) => `GET /v1/messages/batches/${id}/results`,
      {},
    ],
    ['Anthropic’s file', 'POST /v1/files', (id: string) => `GET /v1/files/${id}`, ANTHROPIC],
  ])('%s', async (_what, make, next, headers) => {
    const { id } = await ask(make, {}, headers);
    expect([
      (await ask(next(id), undefined, headers)).status,
      (await ask(next(id), undefined, headers)).status,
    ]).toEqual([200, 200]);
    expect(seenAt('anthropic')).toHaveLength(3);
    expect(new Set(providers.at('anthropic').seen.map((seen) => seen.headers['x-api-key'])).size).toBe(1);
  });
});

describe('A stored object is requested from the provider that the request is addressed to', () => {
  it.each([
    ['if nobody knows who made it', 'GET /v1/files/file_unknown', {}, 'openai'],
    ['if the path names a provider', 'GET /openai/v1/files/ID', {}, 'openai'],
    ['if a header tells of another', 'GET /v1/files/ID', ANTHROPIC, 'anthropic'],
    [
      'if the client has its own key',
      'GET /v1/files/ID',
      { authorization: `Bearer sk-own:${TOKEN}` },
      'openai',
    ],
  ])('%s', async (_when, request, headers, expected) => {
    const { id } = await ask('POST /groq/v1/files', {});
    await ask(request.replace('ID', id), undefined, headers);
    expect(seenAt('groq')).toHaveLength(1);
    expect(seenAt(expected).length).toBeGreaterThan(0);
  });
});
