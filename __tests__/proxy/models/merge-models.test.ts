import { readConfig, type Config } from '../../../src/config/read-config';
import { MergedModels } from '../../../src/proxy/models/merge-models';
import type { Environment } from '../../../src/config/effective-value';

const KEYS = {
  OPENAI_API_KEYS: 'k1',
  ANTHROPIC_API_KEYS: 'k2',
  OPENROUTER_API_KEYS: 'k3',
  GROQ_API_KEYS: 'k4',
};

interface Setup {
  readonly environment?: Environment;
  readonly addressed?: string;
  readonly mayUse?: (provider: { readonly name: string }, model: string) => boolean;
}

/** A merged list of what each provider lists; `undefined` for one that failed. */
function merge(
  lists: Readonly<Record<string, readonly string[] | undefined>>,
  { environment = {}, addressed, mayUse = () => true }: Setup = {},
): MergedModels {
  const config = readConfig({ ALLOW_ANONYMOUS: 'true', ...KEYS, ...environment });
  const byProvider = Object.entries(lists).map(
    ([name, ids]) =>
      [named(config, name), ids?.map((id) => ({ id, title: undefined, createdAt: 0 }))] as const,
  );
  return new MergedModels(new Map(byProvider), {
    routes: config.modelRoutes,
    addressed: addressed === undefined ? config.defaultProvider : named(config, addressed),
    mayUse,
  });
}

function named({ providers }: Config, name: string) {
  const provider = providers.named(name);
  if (!provider) throw new Error(`There is no provider ${name}.`);
  return provider;
}

const idsOf = ({ all }: MergedModels) => all.map(({ id }) => id);

describe('The models of several providers', () => {
  it('have their own names where a request reaches them by these', () => {
    const lists = { openai: ['gpt-5', 'of-tomorrow'], anthropic: ['claude-sonnet-4-5'] };
    expect(idsOf(merge(lists))).toEqual(['gpt-5', 'of-tomorrow', 'claude-sonnet-4-5']);
  });

  it('have the provider’s name before one that two of them list', () => {
    const lists = { openai: ['gpt-5', 'o3'], openrouter: ['gpt-5'], groq: ['gpt-5'] };
    expect(idsOf(merge(lists))).toEqual(['openai/gpt-5', 'o3', 'openrouter/gpt-5', 'groq/gpt-5']);
  });

  it('have the provider’s name before one by which a request would reach another provider', () => {
    const lists = {
      openai: ['gpt-5'],
      groq: ['llama-3.1-8b-instant', 'openai/gpt-oss-120b', 'claude-of-groq'],
      openrouter: ['openai/gpt-5', 'deepseek-ai/DeepSeek-V3'],
    };
    expect(idsOf(merge(lists))).toEqual([
      'gpt-5',
      'groq/llama-3.1-8b-instant',
      'groq/openai/gpt-oss-120b',
      'groq/claude-of-groq',
      'openrouter/openai/gpt-5',
      'openrouter/deepseek-ai/DeepSeek-V3',
    ]);
  });

  it('keep a name that begins with that of a provider, where that is the rule', () => {
    const lists = { openrouter: ['openrouter/auto', 'openrouter/new'], groq: ['groq/compound-mini'] };
    expect(idsOf(merge(lists))).toEqual([
      'openrouter/auto',
      'openrouter/openrouter/new',
      'groq/compound-mini',
    ]);
    const environment = { MODEL_ROUTES: '*/*=openrouter' };
    expect(idsOf(merge({ openrouter: ['openai/gpt-5', 'x/y'] }, { environment }))).toEqual([
      'openai/gpt-5',
      'x/y',
    ]);
  });

  it('keep the names of other vendors’ models at a default provider that serves these', () => {
    const environment = { DEFAULT_PROVIDER: 'openrouter' };
    const lists = {
      openrouter: ['openai/gpt-5', 'meta/llama'],
      openai: ['gpt-5', 'sora-2'],
      groq: ['llama'],
    };
    const merged = merge(lists, { environment });
    // sora-2 has no name that reaches OpenAI here: openai/sora-2 is one of OpenRouter's.
    expect(idsOf(merged)).toEqual(['openai/gpt-5', 'meta/llama', 'gpt-5', 'groq/llama']);
    expect(merged.find('openai/gpt-5')?.provider.name).toBe('openrouter');
  });

  it('begin with the user’s aliases, which hide a model of the same name', () => {
    const environment = {
      MODEL_ROUTES: 'fast=groq/llama-3.1-8b, gpt-5=openrouter/openai/gpt-5, llama-*=groq, *x=groq/y',
    };
    const lists = { openai: ['gpt-5'], groq: ['llama-3.1-8b'], openrouter: undefined };
    const merged = merge(lists, { environment });
    expect(merged.all.map(({ id, provider }) => [id, provider.name])).toEqual([
      ['fast', 'groq'],
      ['gpt-5', 'openrouter'],
      ['openai/gpt-5', 'openai'],
      ['llama-3.1-8b', 'groq'],
    ]);
  });

  it('are only those that the client may use, and names that others share with these do not count', () => {
    const environment = { MODEL_ROUTES: 'fast=groq/llama, slow=openai/gpt-5' };
    const lists = { openai: ['gpt-5', 'o3'], openrouter: ['gpt-5', 'x/y'] };
    const mayUse = ({ name }: { name: string }, model: string) => name === 'openai' && model !== 'o3';
    expect(idsOf(merge(lists, { environment, mayUse }))).toEqual(['slow', 'gpt-5']);
  });

  it('have an alias of a chain if the client may use any of its members', () => {
    const environment = { MODEL_ROUTES: 'fast=openai/gpt-5 > groq/llama*3 | openrouter/a/b' };
    const mayUse = ({ name }: { name: string }) => name === 'groq';
    const [alias] = merge({ openai: ['gpt-5'], groq: ['llama'] }, { environment, mayUse }).all;
    expect([alias?.id, alias?.provider.name]).toEqual(['fast', 'groq']);
    expect(idsOf(merge({ anthropic: [] }, { environment }))).toEqual([]);
  });

  it('depend on where requests of the client’s form go', () => {
    const lists = { openai: ['of-tomorrow'], anthropic: ['of-today'] };
    expect(idsOf(merge(lists))).toEqual(['of-tomorrow', 'anthropic/of-today']);
    expect(idsOf(merge(lists, { addressed: 'anthropic' }))).toEqual(['openai/of-tomorrow', 'of-today']);
  });

  it('are found by any name that reaches them', () => {
    const environment = { MODEL_ROUTES: 'fast=groq/llama' };
    const merged = merge(
      { openai: ['gpt-5', 'o3'], openrouter: ['gpt-5', 'a/b'], groq: ['llama'] },
      { environment },
    );
    const found = (name: string) => {
      const model = merged.find(name);
      return model && [model.id, model.provider.name];
    };
    expect(found('gpt-5')).toEqual(['gpt-5', 'openai']);
    expect(found('openrouter/gpt-5')).toEqual(['openrouter/gpt-5', 'openrouter']);
    expect(found('openai/o3')).toEqual(['openai/o3', 'openai']);
    expect(found('openrouter/a/b')).toEqual(['openrouter/a/b', 'openrouter']);
    expect(found('fast')).toEqual(['fast', 'groq']);
    expect(found('a/b')).toBeUndefined();
    expect(found('groq/o3')).toBeUndefined();
    expect(found('')).toBeUndefined();
  });

  it('have each name once, of which each reaches what it names, whatever the lists', () => {
    const ids = ['gpt-5', 'a', 'openai/a', 'groq/a', 'openrouter/a', 'groq/groq/a', 'openrouter/openai/a'];
    for (const DEFAULT_PROVIDER of ['openai', 'groq', 'openrouter']) {
      const merged = merge(
        { openai: ids, groq: ids, openrouter: ids },
        { environment: { DEFAULT_PROVIDER } },
      );
      expect(new Set(idsOf(merged)).size).toBe(merged.all.length);
      for (const model of merged.all) expect(merged.find(model.id)).toEqual(model);
    }
  });
});
