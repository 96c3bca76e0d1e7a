import { readConfig } from '../../../src/config/read-config';
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
