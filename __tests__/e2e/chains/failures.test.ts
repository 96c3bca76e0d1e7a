import type { Responder } from '../../../scripts/fakes/fake-upstream';
import {
  FAILURES,
  FORMATS,
  PLAIN_FAILURES,
  Providers,
  STREAM_FAILURES,
  ask,
  linesOf,
  routeOf,
} from '../../helpers/chains';
import { until } from '../../helpers/http';

let providers: Providers;
beforeAll(async () => {
  providers = await Providers.start();
});
afterEach(() => providers.reset());
afterAll(() => providers.close());

/** Only a provider that hangs lets it pass. */
const FIRST_BYTE_TIMEOUT = '150';

const rows = Object.entries(FORMATS).flatMap(([format, at]) =>
  [false, true].flatMap((stream) =>
    Object.entries({ ...FAILURES, ...(stream ? STREAM_FAILURES : PLAIN_FAILURES) }).map(
      ([what, respond]) => [format, stream ? 'a stream' : 'no stream', what, at, stream, respond] as const,
    ),
  ),
);

describe('a client sees one good response of the second provider', () => {
  it.each(rows)('in %s, %s, after %s', async (_format, _kind, what, format, stream, respond) => {
    const [first, second] = format.members;
    providers.at(first).respond(respond);
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(format, 2), FIRST_BYTE_TIMEOUT });
    const response = await ask(proxy, format, { stream });
    expect([response.status, response.complete]).toEqual([200, true]);
    expect(response.headers['x-proxy-served-by']).toBe(`${second}/model-b`);
    expect(response.headers['content-type']).toContain(stream ? 'text/event-stream' : 'application/json');
    expect(response.body.toString()).toContain('model-b');
    expect(response.body.toString()).not.toMatch(/model-a|It is |"error":\{/);
    expect(providers.at(first).seen.map(({ body }) => body.toString())).toEqual([
      format.body('model-a', stream),
    ]);
    expect(providers.at(second).seen.map(({ body }) => body.toString())).toEqual([
      format.body('model-b', stream),
    ]);
    expect(providers.at(second).seen[0]?.headers['content-length']).toBe(
      String(Buffer.byteLength(format.body('model-b', stream))),
    );
    await until('the request is logged', () => linesOf(proxy, 'request').length === 1);
    expect(linesOf(proxy, 'request')).toMatchObject([
      { provider: second, status: 200, attempts: 2, outcome: 'complete', model: 'model-b' },
    ]);
    if (what === 'no head in time' || what === 'a 500 that never ends') {
      await until('the first request is taken back', () => providers.at(first).aborts.length === 1);
    }
  });

  it.each(Object.entries(FORMATS))('in %s, after a connection that is refused', async (_name, format) => {
    const [first, second] = format.members;
    const proxy = await providers.proxy({
      MODEL_ROUTES: routeOf(format, 2),
      [`${first.toUpperCase()}_UPSTREAM`]: 'http://127.0.0.1:1',
    });
    const response = await ask(proxy, format);
    expect([response.status, response.headers['x-proxy-served-by']]).toEqual([200, `${second}/model-b`]);
  });

  it('and the next one of a first provider whose keys are all out, which is not asked at all', async () => {
    providers.at('openai').respond(FAILURES['a rate limit of its only key']);
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.chat, 2) });
    await ask(proxy, FORMATS.chat);
    const response = await ask(proxy, FORMATS.chat);
    expect(response.status).toBe(200);
    expect(providers.at('openai').seen).toHaveLength(1);
    await until('both are logged', () => linesOf(proxy, 'request').length === 2);
    expect(linesOf(proxy, 'request').map(({ attempts }) => attempts)).toEqual([2, 1]);
  });
});

describe('a chain of three', () => {
  it('is asked in its order until one serves, with each provider’s own key and name of the model', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.chat, 3), LOG_LEVEL: 'debug' });
    providers.at('openai').respond(FAILURES['a 500']);
    providers.at('deepseek').respond(FAILURES['a connection that is reset']);
    const response = await ask(proxy, FORMATS.chat);
    expect([response.status, response.headers['x-proxy-served-by']]).toEqual([200, 'groq/model-c']);
    for (const [name, model] of [
      ['openai', 'model-a'],
      ['deepseek', 'model-b'],
      ['groq', 'model-c'],
    ] as const) {
      expect(
        providers.at(name).seen.map(({ headers, body }) => [headers.authorization, body.toString()]),
      ).toEqual([[`Bearer sk-pool-${name}`, FORMATS.chat.body(model, false)]]);
    }
    expect(linesOf(proxy, 'a provider of a chain has not served the request')).toMatchObject([
      { request_id: '1', attempts: 1, member: 'openai/model-a', reason: 'upstream-500' },
      { request_id: '1', attempts: 2, member: 'deepseek/model-b', reason: 'upstream-reset' },
    ]);
    expect(
      linesOf(proxy, 'attempt').map(({ provider, status, error }) => [provider, status ?? error]),
    ).toEqual([
      ['openai', 500],
      ['deepseek', 'upstream-reset'],
      ['groq', 200],
    ]);
  });

  it.each<[what: string, respond: Responder, status: number, ours: string | undefined]>([
    ['an error of the provider', FAILURES['a 529'], 529, undefined],
    ['a rate limit', FAILURES['a rate limit of its only key'], 429, undefined],
    ['no credit', FAILURES['no credit left'], 429, 'keys-out-of-credit'],
    ['no connection', FAILURES['a connection that is reset'], 502, 'upstream-reset'],
  ])('of which none serves gives the last one’s error: %s', async (_what, respond, status, ours) => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.chat, 3) });
    providers.at('openai').respond(FAILURES['a 500']);
    providers.at('deepseek').respond(FAILURES['a 503']);
    providers.at('groq').respond(respond);
    const response = await ask(proxy, FORMATS.chat);
    expect([response.status, response.headers['x-proxy-error']]).toEqual([status, ours]);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      error: { code: expect.any(String) as string },
    });
    expect(providers.at('groq').seen).toHaveLength(1);
  });

  it('of which none can be reached gives the client’s own form of errors', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.messages, 2) });
    for (const name of ['anthropic', 'deepseek']) {
      providers.at(name).respond(FAILURES['a connection that is reset']);
    }
    const response = await ask(proxy, FORMATS.messages);
    expect(response.status).toBe(502);
    expect(JSON.parse(response.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'api_error' },
    });
    expect(response.headers['x-proxy-served-by']).toBeUndefined();
  });
});

describe('an error of the request itself is passed on at once', () => {
  const error = JSON.stringify({
    error: { message: 'No.', type: 'invalid_request_error', param: 'n', code: null },
  });
  it.each([400, 404, 413, 422])('with its status %s', async (status) => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.chat, 2) });
    providers.at('openai').respond((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(error);
    });
    const response = await ask(proxy, FORMATS.chat);
    expect([response.status, response.body.toString()]).toEqual([status, error]);
    expect(response.headers['x-proxy-served-by']).toBe('openai/model-a');
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });

  it('in the first event of a stream', async () => {
    const proxy = await providers.proxy({ MODEL_ROUTES: routeOf(FORMATS.chat, 2) });
    providers.at('openai').respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        'data: {"error":{"message":"No.","type":"invalid_request_error","code":"invalid_prompt"}}\n\n',
      );
    });
    const response = await ask(proxy, FORMATS.chat, { stream: true });
    expect(response.body.toString()).toContain('invalid_prompt');
    expect(providers.at('deepseek').seen).toHaveLength(0);
  });
});
