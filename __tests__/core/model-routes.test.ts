import { readConfig, type Environment } from '../../src/config';
import { modelPattern } from '../../src/core/model-routes';
import { JsonBody } from '../../src/transforms/json-body';

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
  ])('%s goes to %s, in the very same bytes', (model, provider) => {
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
    ['a body that is no JSON', KEYS, '{"model":"claude-sonnet-4-5"'],
  ])('%s stays', (_what, environment, body) => {
    expect(routeOf(environment, body)).toBeUndefined();
  });

  it('stays on an endpoint that the model’s provider does not have in OpenAI’s form', () => {
    expect(routeOf(KEYS, '{"model":"claude-sonnet-4-5"}', '/v1/embeddings')).toBeUndefined();
    expect(routeOf(KEYS, '{"model":"claude-sonnet-4-5"}', '/v1/responses')).toBeUndefined();
    expect(routeOf(KEYS, '{"model":"gemini-embedding-001"}', '/v1/embeddings')?.[0]).toBe('gemini');
  });

  it('goes to OpenAI from another default provider', () => {
    expect(routeOf({ DEFAULT_PROVIDER: 'anthropic', OPENAI_API_KEYS: 'k' }, '{"model":"gpt-5"}')?.[0]).toBe(
      'openai',
    );
  });

  it('takes the user’s lines before its own, and renames an alias in place', () => {
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

describe('modelPattern', () => {
  it.each([
    ['claude-*', 'claude-3.5', true],
    ['claude-*', 'xclaude-3', false],
    ['claude-*', 'claude-x/y', false],
    ['a.b', 'aXb', false],
    ['gpt-(4)+', 'gpt-(4)+', true],
    ['*-mini', 'gpt-5-mini', true],
    ['Claude-*', 'claude-3', false],
  ])('%s on %s: %s', (pattern, model, fits) => {
    expect(modelPattern(pattern)(model)).toBe(fits);
  });
});
