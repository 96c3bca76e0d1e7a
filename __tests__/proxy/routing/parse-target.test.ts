import { readConfig } from '../../../src/config/read-config';
import { namesUnknownProvider, parseTarget } from '../../../src/proxy/routing/parse-target';
import { BUILT_IN, Providers } from '../../../src/providers/registry';

const OPTIONS = { stagePrefixes: ['release', 'test', 'prepub'], providers: new Providers(BUILT_IN) };

describe('parseTarget', () => {
  it.each([
    ['/v1/models', '', undefined, '/v1/models', ''],
    ['/release/v1/models', '/release', undefined, '/v1/models', ''],
    ['/test/v1/chat/completions?a=1', '/test', undefined, '/v1/chat/completions', '?a=1'],
    ['/prepub', '/prepub', undefined, '/', ''],
    ['/release/', '/release', undefined, '/', ''],
    ['/release/release/v1', '/release', undefined, '/release/v1', ''],
    ['/v1/releases', '', undefined, '/v1/releases', ''],
    ['/v1/test', '', undefined, '/v1/test', ''],
    ['/testing/x', '', undefined, '/testing/x', ''],
    ['/%72elease/v1', '', undefined, '/%72elease/v1', ''],
    ['/Release/v1', '', undefined, '/Release/v1', ''],
    ['/openai/v1/models', '', 'openai', '/v1/models', ''],
    ['/anthropic/v1/messages?beta=true', '', 'anthropic', '/v1/messages', '?beta=true'],
    ['/release/anthropic/v1/messages', '/release', 'anthropic', '/v1/messages', ''],
    ['/v1/openai/v1/models', '', 'openai', '/v1/models', ''],
    ['/release/v1/groq/v1/models?a=1', '/release', 'groq', '/v1/models', '?a=1'],
    ['/v1/gemini/v1beta/models', '', 'gemini', '/v1beta/models', ''],
    ['/v1/openai/models', '', undefined, '/v1/openai/models', ''],
    ['/v1/openai/vector_stores', '', undefined, '/v1/openai/vector_stores', ''],
    ['/v1/files/v1/content', '', undefined, '/v1/files/v1/content', ''],
    ['/v1beta/openai/v1/models', '', undefined, '/v1beta/openai/v1/models', ''],
    ['/v1/v1/openai/v1/models', '', 'openai', '/v1/models', ''],
    ['/v1/nosuch/v1/models', '', undefined, '/v1/nosuch/v1/models', ''],
    ['/openai/v1/openai/v1/models', '', 'openai', '/v1/models', ''],
    ['/gemini/v1/gemini/v1/gemini/v1beta/models', '', 'gemini', '/v1beta/models', ''],
    ['/openai/v1/openai/vector_stores', '', 'openai', '/v1/openai/vector_stores', ''],
    ['/openai/v1/groq/v1/models', '', 'openai', '/v1/groq/v1/models', ''],
    ['/openai/v1/models/v1/openai/v1', '', 'openai', '/v1/models/v1/openai/v1', ''],
    ['/openai', '', 'openai', '/', ''],
    ['/openai/release-notes', '', 'openai', '/release-notes', ''],
    ['/openais/v1', '', undefined, '/openais/v1', ''],
    ['/v1/files/a%2Fb?x=%E4%BD%A0&x=2&x=%0A', '', undefined, '/v1/files/a%2Fb', '?x=%E4%BD%A0&x=2&x=%0A'],
    ['/v1/models/@cf/meta/llama', '', undefined, '/v1/models/@cf/meta/llama', ''],
    ['/v1/files/a..b/...', '', undefined, '/v1/files/a..b/...', ''],
    ['/v1/x?next=../../etc', '', undefined, '/v1/x', '?next=../../etc'],
  ])('parses %s', (target, stage, provider, path, query) => {
    const route = parseTarget(target, OPTIONS);
    expect({ ...route, provider: route.provider?.name }).toMatchObject({ stage, provider, path, query });
  });

  it.each([
    '/../etc/passwd',
    '/v1/../../etc',
    '/v1/..',
    '/v1/./models',
    '/v1/%2e%2e/models',
    '/v1/%2E./models',
    '/v1/..%2fmodels',
    '/v1/x%5c..%5cmodels',
    'http://evil.com/v1/models',
    'evil.com',
    '@evil.com/',
    '*',
    '',
    '/v1/\\evil.com',
    '/v1/%0d%0ax-injected:1',
    '/v1/%0A',
    '/v1/%00',
    '/v1/\u0000',
    '/v1/%7f',
  ])('rejects %j', (target) => {
    expect(() => parseTarget(target, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'bad-path', status: 400 }) as Error,
    );
  });

  it('rejects a URL of 20 KB', () => {
    expect(() => parseTarget(`/v1/${'x'.repeat(20_000)}`, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'url-too-long' }) as Error,
    );
  });

  it.each([
    ['/release/tok-1/gemini/v1beta/files', '/release/tok-1/gemini', '/v1beta/files', false],
    ['//release//v1//models', '/release', '/v1/models', true],
    ['/openai//v1/models', '/openai', '/v1/models', true],
    ['/v1/openai/v1/models', '/openai', '/v1/models', true],
    ['/openai/v1/openai/v1/models', '/openai', '/v1/models', true],
    ['/openai/v1/models', '/openai', '/v1/models', false],
    ['//evil.example/v1', '', '/evil.example/v1', true],
  ])('finds in %s the prefix %j', (target, prefix, path, collapsed) => {
    const findToken = (segment: string) =>
      segment === 'tok-1' ? { name: 'laptop', id: 'laptop' } : undefined;
    expect(parseTarget(target, { ...OPTIONS, findToken })).toMatchObject({ prefix, path, collapsed });
  });

  it('accepts a URL of 16 KB, and no byte more', () => {
    const longest = `/v1/${'x'.repeat(16_384 - 4)}`;
    expect(parseTarget(longest, OPTIONS).path).toBe(longest);
    expect(() => parseTarget(`${longest}x`, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'url-too-long' }) as Error,
    );
  });

  it.each([
    '/v1/a b',
    '/v1/\u001f',
    '/v1/\u007f',
    '/v1/%1f',
    '/v1/%1F',
    '/v1/a\\b',
    '/.',
    '/v1/%2e',
    '/v1/%2e%2E%2fmodels',
    '/v1/%5C.%5c',
    '/tok-1/../models',
    '/tok-1/%00',
    '/openai/./models',
  ])('rejects %j, behind a token and a provider as well', (target) => {
    const findToken = (segment: string) =>
      segment === 'tok-1' ? { name: 'laptop', id: 'laptop' } : undefined;
    expect(() => parseTarget(target, { ...OPTIONS, findToken })).toThrow(
      expect.objectContaining({ code: 'bad-path' }) as Error,
    );
  });

  it.each([
    '/v1/.well-known',
    '/v1/a.',
    '/v1/a%2e%2e',
    '/v1/%2e%2ea',
    '/v1/%20a',
    '/v1/%2f',
    '/v1/%80',
    '/v1/é',
  ])('accepts %j', (target) => {
    expect(parseTarget(target, OPTIONS).path).toBe(target);
  });

  it.each([
    ['/tok-1/v1/models', 'laptop', undefined, '/v1/models'],
    ['/tok-1', 'laptop', undefined, '/'],
    ['/tok-1/openai', 'laptop', 'openai', '/'],
    ['/tok-1/openai/v1/models?key=tok-1', 'laptop', 'openai', '/v1/models'],
    ['/tok-1/tok-1/v1', 'laptop', undefined, '/tok-1/v1'],
    ['/tok-1/release/v1', 'laptop', undefined, '/release/v1'],
    ['/tok-10/v1/models', undefined, undefined, '/tok-10/v1/models'],
    ['/openai/tok-1/v1', undefined, 'openai', '/tok-1/v1'],
    // A segment of an API is never a token, even if somebody has chosen it as one.
    ['/models/v1', undefined, undefined, '/models/v1'],
    ['/', undefined, undefined, '/'],
  ])('finds in %s the token of %s', (target, tokenName, provider, path) => {
    const tokens = new Map([
      ['tok-1', 'laptop'],
      ['models', 'careless'],
      ['', 'nobody'],
    ]);
    const findToken = (segment: string) => {
      const name = tokens.get(segment);
      return name === undefined ? undefined : { name, id: name };
    };
    const parsed = parseTarget(target, { ...OPTIONS, findToken });
    const found = { ...parsed, provider: parsed.provider?.name, tokenName: parsed.token?.name };
    expect(found).toMatchObject({ tokenName, provider, path });
  });

  it('splits a target at its first question mark', () => {
    expect(parseTarget('/v1/models?a=?b', OPTIONS)).toMatchObject({ path: '/v1/models', query: '?a=?b' });
    expect(parseTarget('/v1//models?a=//', OPTIONS)).toMatchObject({ path: '/v1/models', query: '?a=//' });
    expect(parseTarget('/?', OPTIONS)).toMatchObject({ path: '/', query: '?' });
  });

  it('does not split a provider’s own path that begins with another provider’s name', () => {
    const { providers } = readConfig({ AZURE_UPSTREAM: 'https://r.openai.azure.com' });
    const route = parseTarget('/openai/deployments/d/chat/completions', { stagePrefixes: [], providers });
    expect(route).toMatchObject({ prefix: '', path: '/openai/deployments/d/chat/completions' });
    expect(route.provider?.name).toBe('azure');
  });

  it.each([
    ['/nosuch/v1/chat/completions', true],
    ['/tok-wrong/v1beta/models', true],
    ['/v1/chat/completions', false],
    ['/openai/v1/models', false],
    ['/api/v1/models', false],
    ['/nosuch/chat', false],
    ['/nosuch/v1', true],
    ['/nosuch/v12alpha/models', true],
    ['/nosuch/v1.5/models', false],
    ['/nosuch/vx', false],
    ['/a/nosuch/v1', false],
    ['/nosuch/v', false],
  ])('tells for %s whether it names an unknown provider (%s)', (target, unknown) => {
    expect(namesUnknownProvider(parseTarget(target, OPTIONS))).toBe(unknown);
  });
});
