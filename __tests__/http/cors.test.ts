import { Cors } from '../../src/http/cors';

const get = (headers: readonly string[], name: string) => headers[headers.indexOf(name) + 1];
const from = (origin?: string, more = {}) => ({
  headers: { ...(origin === undefined ? {} : { origin }), ...more },
});

describe('Cors', () => {
  it('lets any page read by default, request ids and rate limits included', () => {
    const headers = new Cors('*', ['request-id']).headers(from('https://a.example'));
    expect(get(headers, 'Access-Control-Allow-Origin')).toBe('*');
    const exposed = get(headers, 'Access-Control-Expose-Headers');
    for (const name of [
      'x-request-id',
      'request-id',
      'retry-after',
      'x-ratelimit-remaining-tokens',
      'x-proxy-error',
      'location',
      'x-should-retry',
      '*', // whatever else a provider sends
    ]) {
      expect(exposed?.split(', ')).toContain(name);
    }
  });

  it('lets only the configured origins read', () => {
    const cors = new Cors(['https://a.example']);
    expect(get(cors.headers(from('https://a.example')), 'Access-Control-Allow-Origin')).toBe(
      'https://a.example',
    );
    for (const origin of ['https://b.example', 'https://a.example.evil.com', 'null', undefined]) {
      expect(cors.headers(from(origin))).toEqual(['Vary', 'Origin']);
      expect(cors.preflightHeaders(from(origin))).toEqual(['Vary', 'Origin']);
    }
  });

  it('grants a preflight what it asks for, for a day', () => {
    const headers = new Cors('*').preflightHeaders(
      from('https://a.example', {
        'access-control-request-method': 'QUERY',
        'access-control-request-headers': 'authorization,x-stainless-os,x-whatever',
      }),
    );
    expect(get(headers, 'Access-Control-Allow-Headers')).toBe('authorization,x-stainless-os,x-whatever');
    expect(get(headers, 'Access-Control-Allow-Methods')).toContain('QUERY');
    expect(get(headers, 'Access-Control-Max-Age')).toBe('86400');
  });
});
