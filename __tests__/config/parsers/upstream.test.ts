import { readConfig } from '../../../src/config/read-config';
import { readRedisUrl } from '../../../src/config/parsers/upstream';
import { upstreamPath } from '../../../src/proxy/routing/upstream-origin';

describe('upstreamPath', () => {
  it.each([
    ['https://x.example', '/v1/models', '/v1/models'],
    ['https://x.example/prefix', '/v1/models', '/prefix/v1/models'],
    ['https://x.example/openai', '/openai/v1/models', '/openai/v1/models'],
    ['https://x.example/v1', '/v1/models', '/v1/models'],
    ['https://x.example/v1', '/models', '/v1/models'],
    ['https://x.example/api/v3', '/v1/chat/completions', '/api/v3/chat/completions'],
    ['https://x.example/api/v3', '/v3/chat/completions', '/api/v3/chat/completions'],
    ['https://x.example/api/v3', '/api/v3/chat/completions', '/api/v3/chat/completions'],
    ['https://x.example/v1', '/v10/models', '/v1/v10/models'],
  ])('for the upstream %s and the path %s gives %s', (upstream, path, expected) => {
    const { upstreams, providers } = readConfig({ GROQ_UPSTREAM: upstream });
    const groq = providers.named('groq');
    const origin = groq && upstreams.get(groq);
    expect(origin && upstreamPath(origin, path)).toBe(expected);
  });

  it.each([
    ['https://api.perplexity.example', '/v1/chat/completions', '/chat/completions'],
    ['https://api.perplexity.example', '/chat/completions', '/chat/completions'],
    ['https://open.example/api/paas/v4', '/v1/chat/completions', '/api/paas/v4/chat/completions'],
    ['https://open.example/api/paas/v4/', '/v4/models', '/api/paas/v4/models'],
    ['https://x.example/v1', '/v1', '/v1/'],
  ])('for the PROVIDERS entry %s, which replaces /v1, and the path %s gives %s', (base, path, expected) => {
    const { upstreams, providers } = readConfig({ PROVIDERS: `mine=${base}` });
    const mine = providers.named('mine');
    const origin = mine && upstreams.get(mine);
    expect(origin && upstreamPath(origin, path)).toBe(expected);
  });
});

describe('The address of a Redis', () => {
  it.each([
    '',
    'redis://127.0.0.1',
    'redis://h:6379',
    'redis://h:6379/',
    'rediss://u:p%40ss%2Fword@h.example:6380/2',
    'redis://:p@[::1]:6379/0',
    'redis://h/1?family=6',
    'redis://h?password=p',
  ])('may be %p', (text) => {
    expect(readRedisUrl(text)).toEqual({ value: text });
  });

  it.each([
    ['whose password has a slash', 'redis://:pla/nted@h:6379'],
    ['whose password of digits has a slash', 'redis://u:12/planted@h:6379'],
    ['whose password has a #', 'redis://:pla#nted@h:6379'],
    ['whose password of digits has a #', 'redis://u:12#planted@h:6379'],
    ['whose password has a percent sign that encodes nothing', 'redis://:planted%@h'],
    ['whose user has one', 'redis://planted%zz:p@h'],
    ['without a host behind its password', 'rediss://:planted@'],
    ['with a port that does not exist', 'redis://:planted@h:99999'],
    ['with half an IPv6 address', 'redis://:planted@[::1:6379'],
    ['with a name for the number of a database', 'redis://:planted@h/main'],
  ])('%s stops the start, with the remedy and without the password', (_what, text) => {
    const result = readRedisUrl(text);
    expect(result).toEqual({ problem: expect.stringContaining('percent-encoded (%2F') as string });
    expect(JSON.stringify(result)).not.toContain('nted');
  });
});
