import { resolveRoute } from '../../src/core/route';

const STAGES = ['release', 'test', 'prepub'];

describe('resolveRoute', () => {
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
    ['/openai', '', 'openai', '/', ''],
    ['/openai/release-notes', '', 'openai', '/release-notes', ''],
    ['/openais/v1', '', undefined, '/openais/v1', ''],
    ['/v1/files/a%2Fb?x=%E4%BD%A0&x=2&x=%0A', '', undefined, '/v1/files/a%2Fb', '?x=%E4%BD%A0&x=2&x=%0A'],
    ['/v1/models/@cf/meta/llama', '', undefined, '/v1/models/@cf/meta/llama', ''],
    ['/v1/files/a..b/...', '', undefined, '/v1/files/a..b/...', ''],
    ['/v1/x?next=../../etc', '', undefined, '/v1/x', '?next=../../etc'],
  ])('takes %s apart', (target, stage, provider, path, query) => {
    const route = resolveRoute(target, STAGES);
    expect({ ...route, provider: route.provider?.name }).toEqual({ stage, provider, path, query });
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
    '//evil.com/',
    '/release//evil.com/',
    '/openai//evil.com/',
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
  ])('refuses %j', (target) => {
    expect(() => resolveRoute(target, STAGES)).toThrow(
      expect.objectContaining({ code: 'bad-path', status: 400 }) as Error,
    );
  });

  it('refuses a URL of 20 KB', () => {
    expect(() => resolveRoute(`/v1/${'x'.repeat(20_000)}`, STAGES)).toThrow(
      expect.objectContaining({ code: 'url-too-long' }) as Error,
    );
  });
});
