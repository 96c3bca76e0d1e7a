import fc from 'fast-check';
import type { Environment } from '../../../src/config/effective-value';
import { readConfig } from '../../../src/config/read-config';
import { FAILURES } from '../../../src/errors/failures';
import { ProxyError } from '../../../src/errors/proxy-error';
import { JsonBody } from '../../../src/json/json-body';
import { inFormatOf } from '../../../src/providers/formats';
import {
  modelPattern,
  ModelRoutes,
  withModel,
  type ModelRoute,
  type Rerouted,
} from '../../../src/proxy/routing/model-routes';
import type { ModelAt } from '../../../src/proxy/routing/provider-prefixes';
import { RouteChain, type ChainMember } from '../../../src/proxy/routing/route-chain';
import { named } from '../../helpers/providers';

const CHAT = '/v1/chat/completions';

function routeOf(environment: Environment, body: string, path = CHAT) {
  const { modelRoutes, defaultProvider } = readConfig({ ALLOW_ANONYMOUS: 'true', ...environment });
  const found = modelRoutes.find(new JsonBody(Buffer.from(body)), path, defaultProvider);
  return found && [found.provider.name, found.json.bytes.toString()];
}

const KEYS = {
  ANTHROPIC_API_KEYS: 'k1',
  GEMINI_API_KEYS: 'k2',
  DEEPSEEK_API_KEYS: 'k3',
  MISTRAL_API_KEYS: 'k4',
  XAI_API_KEYS: 'k5',
  MOONSHOT_API_KEYS: 'k6',
  DASHSCOPE_API_KEYS: 'k7',
};

describe('ModelRoutes', () => {
  it.each([
    ['claude-sonnet-4-5', 'anthropic'],
    ['gemini-2.5-flash', 'gemini'],
    ['models/gemini-2.5-flash', 'gemini'],
    ['deepseek-chat', 'deepseek'],
    ['codestral-latest', 'mistral'],
    ['grok-4', 'xai'],
    ['kimi-k2', 'moonshot'],
    ['qwen3-max', 'dashscope'],
  ])('send %s to %s, in the same bytes', (model, provider) => {
    const body = `{ "messages": [], "model" : "${model}" , "seed": 12345678901234567890}`;
    expect(routeOf(KEYS, body)).toEqual([provider, body]);
  });

  it.each([
    ['a model of the provider it is addressed to', KEYS, '{"model":"gpt-5"}'],
    ['a model of nobody', KEYS, '{"model":"llama-4"}'],
    ['another vendor’s copy of a model', KEYS, '{"model":"deepseek-ai/DeepSeek-V3"}'],
    ['a model for which there are no keys', { GEMINI_API_KEYS: 'k' }, '{"model":"claude-sonnet-4-5"}'],
    ['a body without a model', KEYS, '{"messages":[]}'],
    ['a model that is no string', KEYS, '{"model":7}'],
    ['a nested model', KEYS, '{"metadata":{"model":"claude-sonnet-4-5"}}'],
    ['a model whose name is longer than any', KEYS, `{"model":"claude-${'x'.repeat(194)}"}`],
    ['a model that an earlier member names', KEYS, '{"model":"claude-sonnet-4-5","model":"gpt-5"}'],
    ['a body that is no JSON', KEYS, '{"model":"claude-sonnet-4-5"'],
  ])('do not change %s', (_what, environment, body) => {
    expect(routeOf(environment, body)).toBeUndefined();
  });

  it('do not change a request to an endpoint that the model’s provider lacks in OpenAI’s form', () => {
    expect(routeOf(KEYS, '{"model":"claude-sonnet-4-5"}', '/v1/embeddings')).toBeUndefined();
    expect(routeOf(KEYS, '{"model":"claude-sonnet-4-5"}', '/v1/audio/speech')).toBeUndefined();
    expect(routeOf(KEYS, '{"model":"gemini-embedding-001"}', '/v1/embeddings')?.[0]).toBe('gemini');
  });

  it('send a request to OpenAI from another default provider', () => {
    expect(routeOf({ DEFAULT_PROVIDER: 'anthropic', OPENAI_API_KEYS: 'k' }, '{"model":"gpt-5"}')?.[0]).toBe(
      'openai',
    );
  });

  it('prefer the user’s lines to their own, and rename an alias in place', () => {
    const environment = {
      ...KEYS,
      GROQ_API_KEYS: 'k8',
      OPENROUTER_API_KEYS: 'k9',
      MODEL_ROUTES:
        'deepseek-r1*=groq, fast=groq/llama-3.1-8b, */*=openrouter, best=openrouter/anthropic/claude',
    };
    expect(routeOf(environment, '{"model":"deepseek-r1-distill"}')).toEqual([
      'groq',
      '{"model":"deepseek-r1-distill"}',
    ]);
    expect(routeOf(environment, '{"a":1,"model":"fast","b":[1.0]}')).toEqual([
      'groq',
      '{"a":1,"model":"llama-3.1-8b","b":[1.0]}',
    ]);
    expect(routeOf(environment, '{"model":"meta-llama/llama-4"}')?.[0]).toBe('openrouter');
    expect(routeOf(environment, '{"model":"best"}')).toEqual(['openrouter', '{"model":"anthropic/claude"}']);
    expect(routeOf(environment, '{"model":"deepseek-chat"}')?.[0]).toBe('deepseek');
  });
});

describe('a model with an unusual name', () => {
  it('is the one that JSON.parse gives, escapes and all', () => {
    const body = '{"mod\\u0065l":"cl\\u0061ude-sonnet-4-5"}';
    expect(routeOf(KEYS, body)).toEqual(['anthropic', body]);
  });

  it('is the last one where there are two, and then the only one that the provider can read', () => {
    expect(routeOf(KEYS, '{"model":"gpt-5","a":1,"mod\\u0065l":"claude-sonnet-4-5"}')).toEqual([
      'anthropic',
      '{"model":"claude-sonnet-4-5","a":1,"mod\\u0065l":"claude-sonnet-4-5"}',
    ]);
    const aliases = { ...KEYS, MODEL_ROUTES: 'fast=gemini/gemini-2.5-flash' };
    expect(routeOf(aliases, '{"model":{"x":1},"model":"fast"}')).toEqual([
      'gemini',
      '{"model":"gemini-2.5-flash","model":"gemini-2.5-flash"}',
    ]);
  });
});

describe('modelPattern', () => {
  it.each([
    ['claude-*', 'claude-3.5', true],
    ['claude-*', 'xclaude-3', false],
    ['claude-*', 'claude-x/y', false],
    ['a.b', 'aXb', false],
    ['gpt-(4)+', 'gpt-(4)+', true],
    ['*-mini', 'gpt-5-mini', true],
    ['Claude-*', 'claude-3', false],
    ['*claude*', 'claude', true],
    ['*claude*', 'my-claude/x', false],
    ['a*a', 'a', false],
    ['a*b*b', 'ab', false],
    ['*/*', 'a/b', true],
    ['*/*', 'a/b/c', false],
    ['*', 'x'.repeat(200), true],
    ['*', 'x'.repeat(201), false],
  ])('for %s, tested on %s, gives %s', (pattern, model, fits) => {
    expect(modelPattern(pattern)(model)).toBe(fits);
  });

  it('matches exactly what the equivalent regular expression matches', () => {
    const text = (characters: string[], maxLength: number) =>
      fc.string({ unit: fc.constantFrom(...characters), maxLength });
    fc.assert(
      fc.property(text(['a', 'b', '/', '*', '*'], 8), text(['a', 'b', '/'], 12), (pattern, model) => {
        const expression = new RegExp(`^${pattern.replaceAll('*', '[^/]*')}$`);
        expect(modelPattern(pattern)(model)).toBe(expression.test(model));
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('A body with another name of its model', () => {
  const around = fc.dictionary(
    fc.constantFrom('messages', 'x', 'stream', 'tools'),
    fc.oneof(fc.integer(), fc.array(fc.record({ role: fc.string(), content: fc.string() })), fc.string()),
  );
  it('has its members where a scan of its bytes finds them', () => {
    fc.assert(
      fc.property(around, around, fc.string({ minLength: 1 }), fc.string(), (before, after, model, name) => {
        const members = [before, { model }, after].map((part) => JSON.stringify(part, null, 1).slice(1, -1));
        const text = `{${members.filter((part) => part.trim() !== '').join(',')}} `;
        const json = new JsonBody(Buffer.from(text));
        const renamed = withModel(json, json.members ?? [], name);
        expect(renamed.members).toEqual(new JsonBody(renamed.bytes).members);
        expect(JSON.parse(renamed.bytes.toString())).toEqual({
          ...(JSON.parse(text) as object),
          model: name,
        });
      }),
    );
  });
});

describe('a table of routes', () => {
  const route = (pattern: string, provider: string, more: Partial<ModelRoute> = {}): ModelRoute => ({
    matches: modelPattern(pattern),
    provider: named(provider),
    ...more,
  });
  const member = (provider: string, model?: string): ChainMember => ({
    provider: named(provider),
    model,
    weight: 1,
  });
  const body = (model: unknown) => new JsonBody(Buffer.from(JSON.stringify({ model })));
  const at = (found: ModelAt | undefined) => found && `${found.provider.name}/${found.model}`;
  const to = (found: Rerouted | undefined) =>
    found && [found.provider.name, found.json.bytes.toString(), found.chain?.name];

  const openai = named('openai');
  const RESPONSES = '/v1/responses';
  const MESSAGES = '/v1/messages';
  const EMBEDDINGS = '/v1/embeddings';
  const chain = new RouteChain('fast', [[member('groq', 'llama')], [member('xai')]]);

  it('has aliases with what they stand for, and none for patterns', () => {
    const routes = new ModelRoutes([
      route('gpt-*', 'openai'),
      route('best', 'anthropic', { alias: 'best', model: 'claude' }),
      route('same', 'deepseek', { alias: 'same' }),
      route('x-*', 'groq', { model: 'x' }),
      route('fast', 'groq', { alias: 'fast', model: 'llama', chain }),
    ]);
    expect(routes.aliases.map(({ alias, targets }) => [alias, ...targets.map(at)])).toEqual([
      ['best', 'anthropic/claude'],
      ['same', 'deepseek/same'],
      ['fast', 'groq/llama', 'xai/fast'],
    ]);
  });

  it('knows where a model goes, whatever the format', () => {
    const routes = new ModelRoutes(
      [route('claude-*', 'anthropic'), route('best', 'groq', { model: 'llama' })],
      [named('groq'), named('deepseek')],
    );
    expect(at(routes.destinationOf('claude-x', openai))).toBe('anthropic/claude-x');
    expect(at(routes.destinationOf('best', openai))).toBe('groq/llama');
    expect(at(routes.destinationOf('deepseek/best', openai))).toBe('deepseek/best');
    expect(at(routes.destinationOf('gpt-5', openai))).toBe('openai/gpt-5');
  });

  describe('concerns', () => {
    it.each<[string, boolean, ModelRoute[]]>([
      ['a request that a route may send elsewhere', true, [route('gpt-*', 'openai'), route('x', 'groq')]],
      ['a request that may get another model', true, [route('x', 'openai', { model: 'y' })]],
      ['a request that a chain may serve', true, [route('x', 'openai', { chain })]],
      ['no request that stays as it is', false, [route('gpt-*', 'openai')]],
      ['no request without routes', false, []],
    ])('%s', (_what, concerned, routes) => {
      const table = new ModelRoutes(routes);
      expect(table.concern(CHAT, openai)).toBe(concerned);
      expect(table.concernSocket(RESPONSES, openai)).toBe(concerned);
    });

    it('every request in a format of several providers, where their names may stand before models', () => {
      const routes = new ModelRoutes([], [openai, named('xai')]);
      expect([CHAT, MESSAGES, EMBEDDINGS].map((path) => routes.concern(path, openai))).toEqual([
        true,
        true,
        true,
      ]);
      expect(routes.concern('/v1beta/models/x:generateContent', openai)).toBe(false);
    });

    it('a WebSocket where another provider that has the path may be named, or may serve the model', () => {
      const concerns = (withKeys: string[], routes: ModelRoute[], path = RESPONSES) =>
        new ModelRoutes(routes, withKeys.map(named)).concernSocket(path, openai);
      expect(concerns(['openai', 'xai'], [])).toBe(true);
      expect(concerns(['openai', 'anthropic'], [])).toBe(false);
      expect(concerns(['openai'], [])).toBe(false);
      expect(concerns(['openai', 'xai'], [], '/v1/realtime')).toBe(false);
      expect(concerns([], [route('grok-*', 'xai')])).toBe(true);
      expect(concerns([], [route('claude-*', 'anthropic')])).toBe(false);
      expect(concerns([], [route('grok-*', 'xai')], '/v1/realtime')).toBe(false);
    });
  });

  describe('by the model of a request', () => {
    it('finds the first step of a chain that serves the path, and changes no byte', () => {
      const routes = new ModelRoutes([route('fast', 'groq', { chain, model: 'llama' })]);
      const found = routes.find(body('fast'), CHAT, openai);
      expect(to(found)).toEqual(['groq', '{"model":"fast"}', 'fast']);
      expect(found?.chain?.steps.flat().map(({ name }) => name)).toEqual(['groq/llama', 'xai/fast']);
    });

    it('renames a model at the provider that the request is addressed to', () => {
      const routes = new ModelRoutes([
        route('mini', 'openai', { model: 'gpt-5-mini' }),
        route('gpt-5', 'openai'),
      ]);
      expect(to(routes.find(body('mini'), CHAT, openai))).toEqual([
        'openai',
        '{"model":"gpt-5-mini"}',
        undefined,
      ]);
      expect(routes.find(body('gpt-5'), CHAT, openai)).toBeUndefined();
    });

    it('says of a chat in a format that the model’s provider lacks who has it', () => {
      const routes = new ModelRoutes([
        route('gpt-*', 'openai'),
        route('claude-*', 'anthropic'),
        route('deepseek-*', 'deepseek'),
        route('claude', 'anthropic'),
      ]);
      expect(detailOf(() => routes.find(body('gpt-5'), MESSAGES, named('anthropic')))).toEqual([
        'format-not-served',
        'This model is of openai, which has no /v1/messages in this format. Providers with it here: anthropic, deepseek.',
      ]);
      const alone = new ModelRoutes([route('gpt-*', 'openai')]);
      expect(detailOf(() => alone.find(body('gpt-5'), MESSAGES, named('anthropic')))).toEqual([
        'format-not-served',
        'This model is of openai, which has no /v1/messages in this format. Providers with it here: None.',
      ]);
    });

    it('leaves what is no chat with the provider that it is addressed to, if the model’s own has not the path', () => {
      const routes = new ModelRoutes([route('claude-*', 'anthropic', { chain: new RouteChain('a', []) })]);
      expect(routes.find(body('claude-x'), EMBEDDINGS, openai)).toBeUndefined();
    });
  });

  describe('by the first message of a WebSocket', () => {
    const routes = new ModelRoutes([
      route('grok-*', 'xai'),
      route('best', 'xai', { model: 'grok-4' }),
      route('mini', 'openai', { model: 'gpt-5-mini' }),
      route('deepseek-*', 'deepseek'),
      route('both', 'groq', {
        chain: new RouteChain('both', [[member('groq', 'llama')], [member('xai', 'grok')]]),
      }),
      route('none', 'groq', { chain: new RouteChain('none', [[member('groq', 'llama')]]) }),
    ]);

    it.each([
      ['grok-4', ['xai', '{"model":"grok-4"}', undefined]],
      ['best', ['xai', '{"model":"grok-4"}', undefined]],
      ['mini', ['openai', '{"model":"gpt-5-mini"}', undefined]],
      ['both', ['xai', '{"model":"both"}', 'both']],
      ['gpt-5', undefined],
      [7, undefined],
    ])('finds for %s %j', (model, found) => {
      expect(to(routes.findForMessage(body(model), RESPONSES, openai))).toEqual(found);
    });

    it('finds nothing in what is no JSON', () => {
      expect(
        routes.findForMessage(new JsonBody(Buffer.from('{"model":"grok-4"')), RESPONSES, openai),
      ).toBeUndefined();
    });

    it('takes the address that the provider has for the format', () => {
      const dashscope = named('dashscope');
      const own = new ModelRoutes([route('qwen', 'dashscope', { model: 'qwen3' })]);
      expect(own.findForMessage(body('qwen'), RESPONSES, dashscope)?.provider).toBe(
        inFormatOf(dashscope, RESPONSES).provider,
      );
    });

    it.each([
      ['deepseek-chat', 'deepseek'],
      ['none', 'groq'],
    ])('says of %s who has WebSockets', (model, name) => {
      expect(detailOf(() => routes.findForMessage(body(model), RESPONSES, openai))).toEqual([
        'websocket-not-served',
        `It is of ${name}, which has no /v1/responses over a WebSocket. Providers with it here: xai, openai.`,
      ]);
    });

    it('says that nobody has', () => {
      const alone = new ModelRoutes([route('deepseek-*', 'deepseek')]);
      expect(detailOf(() => alone.findForMessage(body('deepseek-chat'), RESPONSES, openai))?.[1]).toMatch(
        /Providers with it here: None\.$/,
      );
    });
  });

  it.each([
    ['grok-4', 'xai/grok-4'],
    ['best', 'xai/grok-4'],
    ['both', 'xai/grok'],
    ['deepseek-chat', undefined],
    ['none', undefined],
    ['gpt-5', undefined],
    ['mini', 'openai/gpt-5-mini'],
    ['gpt-same', 'openai/gpt-same'],
  ])('by the query of a WebSocket finds for %s %j', (model, found) => {
    const routes = new ModelRoutes([
      route('grok-*', 'xai'),
      route('best', 'xai', { model: 'grok-4' }),
      route('mini', 'openai', { model: 'gpt-5-mini' }),
      route('gpt-same', 'openai'),
      route('deepseek-*', 'deepseek'),
      route('both', 'groq', {
        chain: new RouteChain('both', [[member('groq', 'llama')], [member('xai', 'grok')]]),
      }),
      route('none', 'groq', { chain: new RouteChain('none', [[member('groq', 'llama')]]) }),
    ]);
    expect(at(routes.findForQuery(model, '/v1/realtime', openai))).toBe(found);
  });

  /** The code and the detail of an error. */
  function detailOf(run: () => unknown): readonly unknown[] | undefined {
    try {
      run();
      return undefined;
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      const [, detail] = error.message.split(`${FAILURES[error.code].message} `);
      return [error.code, detail];
    }
  }
});
