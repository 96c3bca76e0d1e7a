import { ProviderPrefixes } from '../../../src/proxy/routing/provider-prefixes';
import { named } from '../../helpers/providers';

const prefixes = new ProviderPrefixes(['openai', 'deepseek', 'openrouter', 'groq'].map(named));

function find(name: string, addressed: string, among = prefixes) {
  const found = among.find(name, named(addressed));
  return found && [found.provider.name, found.model];
}

describe('The name of a provider before that of a model', () => {
  it.each([
    ['openrouter/gpt-5', 'openai', ['openrouter', 'gpt-5']],
    ['openrouter/openai/gpt-5', 'openai', ['openrouter', 'openai/gpt-5']],
    ['openrouter/gpt-5', 'openrouter', ['openrouter', 'gpt-5']],
    ['openai/gpt-5', 'openai', ['openai', 'gpt-5']],
    ['openai/gpt-5', 'anthropic', ['openai', 'gpt-5']],
    ['groq/llama', 'openrouter', ['groq', 'llama']],
  ])('%s counts at %s', (name, addressed, found) => {
    expect(find(name, addressed)).toEqual(found);
  });

  it.each([
    ['openai/gpt-5', 'openrouter'], // a model of OpenRouter's
    ['deepseek/deepseek-chat', 'groq'],
    ['deepseek-ai/DeepSeek-V3', 'openai'],
    ['anthropic/claude', 'openai'], // without keys
    ['OpenAI/gpt-5', 'openai'],
    ['openai/', 'openai'],
    ['/openai/gpt-5', 'openai'],
    ['openai', 'openai'],
    ['constructor/x', 'openai'],
    ['', 'openai'],
  ])('does not count in %s at %s', (name, addressed) => {
    expect(find(name, addressed)).toBeUndefined();
  });

  it('never counts if the server has the keys of one provider only', () => {
    const one = new ProviderPrefixes([named('openrouter')]);
    expect([one.count, find('openrouter/auto', 'openrouter', one)]).toEqual([false, undefined]);
  });

  it('can be that of a provider that passes a test, if the server has keys of several', () => {
    const one = new ProviderPrefixes([named('openrouter')]);
    const [groq, openrouter] = [named('groq'), named('openrouter')];
    expect(prefixes.count).toBe(true);
    expect([prefixes.some((provider) => provider === groq), prefixes.some(() => false)]).toEqual([
      true,
      false,
    ]);
    expect([
      one.some((provider) => provider === openrouter),
      new ProviderPrefixes([]).some(() => true),
    ]).toEqual([false, false]);
  });

  it('counts at a provider without models of its own, whoever else makes some', () => {
    const vendor = { ...named('groq'), name: 'vendor', models: ['x/*', 'vendor-*'] };
    const relay = { ...named('groq'), name: 'relay', models: ['x/*'] };
    const { models: _models, ...withoutModels } = named('groq');
    const unknown = { ...withoutModels, name: 'unknown' };
    const among = new ProviderPrefixes([vendor, relay, unknown]);
    expect(among.find('vendor/a', relay)).toBeUndefined();
    expect(among.find('vendor/a', unknown)).toBeUndefined();
    expect(among.find('relay/a', vendor)).toEqual({ provider: relay, model: 'a' });
    expect(among.find('unknown/a', relay)).toEqual({ provider: unknown, model: 'a' });
    expect(among.find('vendor/a', vendor)).toEqual({ provider: vendor, model: 'a' });
  });
});
