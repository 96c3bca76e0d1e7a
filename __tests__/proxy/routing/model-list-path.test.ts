import { anthropic } from '../../../src/providers/anthropic';
import { gemini } from '../../../src/providers/gemini';
import { openai } from '../../../src/providers/openai';
import type { Provider } from '../../../src/providers/provider';
import { missingListHeaders, modelListPath } from '../../../src/proxy/routing/model-list-path';

const BEARER = { authorization: 'Bearer sk-1234567890' };
const OF_GEMINI = '/v1beta/openai/models';

function pathOf(
  path: string,
  {
    provider = gemini,
    method = 'GET',
    headers = BEARER,
    query = '',
  }: {
    provider?: Provider | undefined;
    method?: string;
    headers?: Record<string, string>;
    query?: string;
  } = {},
): string {
  return modelListPath({ provider, query }, path, { method, headers });
}

describe('where an OpenAI client reads a provider’s models', () => {
  it.each([
    ['/v1/models', OF_GEMINI],
    ['/models', OF_GEMINI],
    ['/v1/models/gemini-2.5-pro', `${OF_GEMINI}/gemini-2.5-pro`],
    ['/models/gemini-2.5-pro', `${OF_GEMINI}/gemini-2.5-pro`],
    ['/v1/modelsx', '/v1/modelsx'],
    ['/v2/models', '/v2/models'],
    ['/x/v1/models', '/x/v1/models'],
    ['/v1beta/models', '/v1beta/models'],
  ])('%s is at %s', (path, expected) => {
    expect(pathOf(path)).toBe(expected);
    expect(pathOf(path, { method: 'HEAD' })).toBe(expected);
    expect(pathOf(path, { method: 'POST' })).toBe(path);
  });

  it.each<[string, Parameters<typeof pathOf>[1]]>([
    ['with no bearer', { headers: {} }],
    ['with a bearer of Google’s own', { headers: { authorization: 'Bearer ya29.a0123456789' } }],
    ['with a header of Google’s clients', { headers: { ...BEARER, 'x-goog-api-key': 'AIza' } }],
    ['with a key in the query', { query: '?key=AIza' }],
    ['of a provider that has its list there', { provider: openai }],
    ['of one that only lacks headers', { provider: anthropic }],
  ])('is the path itself %s', (_what, request) => {
    expect(pathOf('/v1/models', request)).toBe('/v1/models');
  });

  it('is the path itself where no provider is named', () => {
    const request = { method: 'GET', headers: BEARER };
    expect(modelListPath({ provider: undefined, query: '' }, '/v1/models', request)).toBe('/v1/models');
    expect(missingListHeaders({ provider: undefined }, '/v1/models', request)).toEqual([]);
  });
});

describe('the headers that an OpenAI client does not send for it', () => {
  const VERSION = [['anthropic-version', '2023-06-01']];

  it.each<[string, string, string, Record<string, string>, readonly unknown[]]>([
    ['a list', 'GET', '/v1/models', BEARER, VERSION],
    ['one model', 'HEAD', '/v1/models/claude', BEARER, VERSION],
    ['a chat', 'POST', '/v1/models', BEARER, []],
    ['another path', 'GET', '/v1/files', BEARER, []],
    ['a client of Anthropic’s', 'GET', '/v1/models', { 'x-api-key': 'sk-ant' }, []],
    ['a client that sends it', 'GET', '/v1/models', { ...BEARER, 'anthropic-version': '2023-01-01' }, []],
  ])('for %s', (_what, method, path, headers, expected) => {
    expect(missingListHeaders({ provider: anthropic }, path, { method, headers })).toEqual(expected);
    expect(missingListHeaders({ provider: openai }, path, { method, headers })).toEqual([]);
  });
});
