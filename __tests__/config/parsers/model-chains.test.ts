import { chainOf } from '../../../src/config/parsers/model-chains';
import { readConfig } from '../../../src/config/read-config';
import { JsonBody } from '../../../src/json/json-body';
import { anthropic } from '../../../src/providers/anthropic';
import { openai } from '../../../src/providers/openai';
import { Providers } from '../../../src/providers/registry';

const KEYS = {
  ALLOW_ANONYMOUS: 'true',
  OPENAI_API_KEYS: 'k1',
  ANTHROPIC_API_KEYS: 'k2',
  DEEPSEEK_API_KEYS: 'k3',
  GROQ_API_KEYS: 'k4',
};

/** The steps of the chain that a model gets, each member with its weight. */
function servingMembers(MODEL_ROUTES: string, model: string, path = '/v1/chat/completions') {
  const { modelRoutes, defaultProvider } = readConfig({ ...KEYS, MODEL_ROUTES });
  const found = modelRoutes.find(new JsonBody(Buffer.from(JSON.stringify({ model }))), path, defaultProvider);
  return found?.chain?.steps.map((step) => step.map(({ name, weight }) => `${name}*${weight}`));
}

describe('a chain of MODEL_ROUTES', () => {
  it.each<[routes: string, model: string, steps: string[][]]>([
    ['m=openai/a > deepseek/b', 'm', [['openai/a*1'], ['deepseek/b*1']]],
    ['m=openai/a>deepseek/b>groq/x/c', 'm', [['openai/a*1'], ['deepseek/b*1'], ['groq/x/c*1']]],
    ['m=openai/a*3 | deepseek/b > groq/c', 'm', [['openai/a*3', 'deepseek/b*1'], ['groq/c*1']]],
    ['gpt-*=groq > openai', 'gpt-5', [['groq/gpt-5*1'], ['openai/gpt-5*1']]],
    ['m=openai/a > openai/b', 'm', [['openai/a*1'], ['openai/b*1']]],
  ])('%s gives %s its providers', (routes, model, steps) => {
    expect(servingMembers(routes, model)).toEqual(steps);
  });

  it('has in each format those providers that serve it', () => {
    const routes = 'm=anthropic/a > deepseek/b > groq/c';
    expect(servingMembers(routes, 'm', '/v1/messages')).toEqual([['anthropic/a*1'], ['deepseek/b*1']]);
    expect(servingMembers(routes, 'm')).toHaveLength(3);
  });

  it('never looks up a member’s model again, so that chains form no loop', () => {
    const routes = 'a=openai/b > deepseek/a, b=openai/a > deepseek/b';
    expect(servingMembers(routes, 'a')).toEqual([['openai/b*1'], ['deepseek/a*1']]);
    expect(servingMembers(routes, 'b')).toEqual([['openai/a*1'], ['deepseek/b*1']]);
  });

  it.each([
    ['no provider behind the sign', 'm=openai/a >', 'MODEL_ROUTES must'],
    ['no provider before it', 'm= > openai/a', 'MODEL_ROUTES must'],
    ['a space in a name', 'm=openai/a b > deepseek', 'MODEL_ROUTES must'],
    ['an asterisk in a member’s model', 'm=openai/a* > deepseek', 'MODEL_ROUTES must'],
    ['a weight of nothing', 'm=openai/a*0 | deepseek/b', 'MODEL_ROUTES has a weight'],
    ['a weight that is too large', 'm=openai/a*101 | deepseek/b', 'MODEL_ROUTES has a weight'],
    ['a weight without another to share with', 'm=openai/a*2 > deepseek/b', 'MODEL_ROUTES has a weight'],
    ['a weight without a chain', 'm=openai/a*2', 'MODEL_ROUTES has a weight'],
    [
      'nine providers',
      `m=${Array.from({ length: 9 }, (_, at) => `groq/m${at}`).join(' > ')}`,
      'MODEL_ROUTES has a chain of more than 8',
    ],
    ['an unknown provider', 'm=openai/a > nosuch/b', 'MODEL_ROUTES names nosuch, which is not a provider'],
    [
      'a provider without keys',
      'm=openai/a > mistral/b',
      'names mistral, for which the server has no keys. Set MISTRAL_API_KEYS',
    ],
    [
      'the same member twice',
      'm=openai/a > deepseek/b > openai/a',
      'has a chain, m, with the same provider and model twice',
    ],
  ])('with %s is rejected at the start', (_what, MODEL_ROUTES, problem) => {
    expect(() => readConfig({ ...KEYS, MODEL_ROUTES })).toThrow(problem);
  });

  it('whose providers share no format is rejected at the start, with the formats of each', () => {
    const embedding = { ...openai, name: 'embedding', openaiPaths: /^\/v1\/embeddings$/ };
    const problems: string[] = [];
    const member = { model: 'a', weight: 1 };
    const steps = [[{ ...member, provider: 'embedding' }], [{ ...member, provider: 'anthropic' }]];
    chainOf(
      { pattern: 'm', provider: 'embedding', model: 'a', steps },
      new Providers([embedding, anthropic]),
      problems,
    );
    expect(problems).toEqual([
      'MODEL_ROUTES has a chain, m, whose providers have no API format in common: embedding (/v1/embeddings), anthropic (/v1/chat/completions /v1/messages). Nothing is translated; name providers that share one.',
    ]);
  });
});
