import type { IncomingHttpHeaders } from 'node:http';
import { compatible } from '../../src/providers/compatible';
import type { ErrorResponse } from '../../src/providers/errors/error-response';
import { dateMs } from '../../src/providers/errors/retry-after';
import type { Provider } from '../../src/providers/provider';
import type * as Registry from '../../src/providers/registry';

/** A provider as its one file would describe it. */
const acme: Provider = {
  ...compatible({
    name: 'acme',
    upstream: 'https://api.acme.example',
    keyPattern: /^acme-/,
    secretPrefixes: ['acme-'],
  }),
  pathSegments: ['acme_jobs'],
  loggableSegment: (segment) => (segment.endsWith(':spin') ? '*:spin' : undefined),
  exposedHeaders: ['x-acme-left'],
  errorRules: [{ kind: 'out-of-credit', codes: ['acme_empty'] }],
  resetHeaders: [{ limits: [{ reset: 'acme-free-at' }], parse: dateMs }],
};
const errorResponse = (status: number, code: string, headers: IncomingHttpHeaders = {}): ErrorResponse => ({
  status,
  headers,
  body: { error: { code } },
  request: { method: 'POST', path: '/v1/chat/completions', model: '' },
  nowMs: 0,
});
const KEY = 'acme-0123456789abcdef';

beforeAll(() => {
  // Its one line in the registry.
  jest.doMock('../../src/providers/registry', () => {
    const registry = jest.requireActual<typeof Registry>('../../src/providers/registry');
    return { ...registry, BUILT_IN: [...registry.BUILT_IN, acme] };
  });
});
afterAll(() => {
  jest.dontMock('../../src/providers/registry');
});

describe('A provider of one file and one line in the registry', () => {
  it('has variables, an upstream and keys', async () => {
    const { readConfig } = await import('../../src/config/read-config');
    const config = readConfig({ ACME_API_KEYS: KEY, ACCESS_TOKENS: 'me:0123456789abcdef' });
    expect(config.upstreams.get(acme)).toMatchObject({ host: 'api.acme.example' });
    expect(config.apiKeys.get(acme)).toHaveLength(1);
    expect(config.providers.exposedHeaders).toContain('x-acme-left');
  });

  it('is detected by its keys, which are redacted', async () => {
    const { detectProvider } = await import('../../src/proxy/routing/detect-provider');
    const { Providers, BUILT_IN } = await import('../../src/providers/registry');
    const { createRedact } = await import('../../src/log/redact');
    const target = { provider: undefined, path: '/v1/chat/completions', query: '' };
    const request = { method: 'POST', headers: { authorization: `Bearer ${KEY}` } };
    expect(detectProvider(target, request, new Providers(BUILT_IN))).toBe(acme);
    expect(createRedact()(`the key ${KEY} is old`)).toBe('the key [redacted] is old');
  });

  it('has paths that are logged, and no token', async () => {
    const { isApiSegment, loggablePath } = await import('../../src/proxy/routing/known-paths');
    expect(isApiSegment('acme_jobs')).toBe(true);
    expect(loggablePath('/v1/acme_jobs/secret-name:spin')).toBe('/v1/acme_jobs/*:spin');
  });

  it('has its error responses classified by its own rules', async () => {
    const { classifyError } = await import('../../src/providers/errors/classify');
    expect(classifyError(acme, errorResponse(400, 'acme_empty'))).toEqual({
      classification: { kind: 'out-of-credit' },
      code: 'acme_empty',
    });
  });

  it('has its own headers tell how long a rate limit lasts, before those that most providers have', async () => {
    const { classifyError } = await import('../../src/providers/errors/classify');
    const headers = { 'acme-free-at': new Date(7_000).toISOString(), 'x-ratelimit-reset-requests': '1s' };
    const response = errorResponse(429, 'rate_limit_exceeded', headers);
    const retryAfterMs = (provider: Provider) => {
      const { classification } = classifyError(provider, response);
      return classification.kind === 'rate-limited' ? classification.retryAfterMs : undefined;
    };
    expect(retryAfterMs(acme)).toBe(7_000);
    expect(retryAfterMs(compatible({ name: 'other', upstream: undefined }))).toBe(1_000);
  });
});
