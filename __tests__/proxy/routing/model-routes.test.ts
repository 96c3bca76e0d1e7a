import fc from 'fast-check';
import type { Environment } from '../../../src/config/effective-value';
import { readConfig } from '../../../src/config/read-config';
import { modelPattern, withModel } from '../../../src/proxy/routing/model-routes';
import { JsonBody } from '../../../src/json/json-body';

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
