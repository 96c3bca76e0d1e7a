import { endpointOf } from '../../../src/proxy/request/endpoint';

describe('endpointOf', () => {
  it.each([
    ['POST', '/v1/chat/completions', '/v1/chat/completions'],
    ['POST', '/v1/messages', '/v1/messages'],
    ['POST', '/v1/messages/count_tokens', '/v1/messages/count_tokens'],
    ['GET', '/v1/models', 'GET /v1/models'],
    ['HEAD', '/v1/models', 'GET /v1/models'],
    ['DELETE', '/v1/files/file-abc', '/v1/files/*'],
    ['GET', '/v1/files/file-abc/content', 'GET /v1/files/*/content'],
    ['POST', '/v1beta/models/gemini-x:generateContent', '/v1beta/models/*:generateContent'],
    ['POST', '/v1beta/models/gemini-x:streamGenerateContent', '/v1beta/models/*:generateContent'],
    ['POST', '/v1beta/models/gemini-x:embedContent', '/v1beta/models/*:embedContent'],
    ['POST', '/', '/'],
  ])('of %s %s is %s', (method, path, endpoint) => {
    expect(endpointOf(method, path)).toBe(endpoint);
  });

  it('contains nothing that a client invents, and at most 100 characters', () => {
    expect(endpointOf('POST', '/v1/a-name/another/sk-secret')).toBe('/v1/*/*/*');
    const long = endpointOf('GET', '/x'.repeat(8_000));
    expect(long).toBe(`GET ${'/*'.repeat(48)}`);
    expect(long).toHaveLength(100);
  });
});
