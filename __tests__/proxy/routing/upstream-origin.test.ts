import { originOf, upstreamPath, type UpstreamOrigin } from '../../../src/proxy/routing/upstream-origin';
import { anthropic } from '../../../src/providers/anthropic';
import { openai } from '../../../src/providers/openai';

const ORIGIN: UpstreamOrigin = {
  protocol: 'https:',
  hostname: 'api.example.com',
  port: 443,
  host: 'api.example.com',
  pathPrefix: '',
  replacesV1: false,
};

describe('the path that is sent to an upstream', () => {
  it.each([
    ['', false, '/v1/models', '/v1/models'],
    ['/relay', false, '/v1/models', '/relay/v1/models'],
    ['/relay', false, '/relay/v1/models', '/relay/v1/models'],
    ['/relay', false, '/relayed/v1/models', '/relay/relayed/v1/models'],
    ['/relay', false, '/v1/relay/models', '/relay/v1/relay/models'],
    ['/relay', false, '/', '/relay/'],
    // a base whose last segment is a version of its own
    ['/api/paas/v4', true, '/v1/chat/completions', '/api/paas/v4/chat/completions'],
    ['/api/paas/v4', true, '/v4/chat/completions', '/api/paas/v4/chat/completions'],
    ['/api/paas/v4', true, '/v2/chat/completions', '/api/paas/v4/v2/chat/completions'],
    ['/api/paas/v4', true, '/chat/completions', '/api/paas/v4/chat/completions'],
    ['/api/paas/v4', true, '/api/paas/v4/models', '/api/paas/v4/models'],
    ['/api/paas/v4', true, '/v1', '/api/paas/v4/'],
    ['/api/paas/v4', true, '/v10/models', '/api/paas/v4/v10/models'],
    ['/api/paas/v4', true, '/paas/models', '/api/paas/v4/paas/models'],
    ['', true, '/v1/models', '/models'],
    ['', true, '//models', '//models'],
  ])('with the prefix %j (which replaces /v1: %s) for %s is %s', (pathPrefix, replacesV1, path, sent) => {
    expect(upstreamPath({ ...ORIGIN, pathPrefix, replacesV1 }, path)).toBe(sent);
  });
});

describe('the upstream of a provider', () => {
  it('is its own, and a provider without one is an error that names it', () => {
    const other = { ...ORIGIN, host: 'other.example' };
    const upstreams = new Map([
      [openai, other],
      [anthropic, ORIGIN],
    ]);
    expect(originOf(upstreams, anthropic)).toBe(ORIGIN);
    expect(originOf(upstreams, openai)).toBe(other);
    upstreams.delete(openai);
    expect(() => originOf(upstreams, openai)).toThrow(
      expect.objectContaining({
        code: 'proxy-error',
        cause: expect.objectContaining({ message: 'openai has no upstream' }) as Error,
      }) as Error,
    );
  });
});
