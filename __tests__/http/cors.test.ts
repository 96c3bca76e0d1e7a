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

  it('sends clients other than browsers no list of headers', () => {
    expect(new Cors('*').headers(from())).toEqual(['Access-Control-Allow-Origin', '*']);
  });

  it('lets one of several origins read, and caches keep the responses apart', () => {
    const cors = new Cors(['https://a.example', 'https://b.example'], ['request-id']);
    const headers = cors.headers(from('https://b.example'));
    expect(headers.slice(0, 3)).toEqual([
      ...['Access-Control-Allow-Origin', 'https://b.example'],
      'Access-Control-Expose-Headers',
    ]);
    expect(headers[3]?.split(', ')).toContain('request-id');
    expect(headers.slice(4)).toEqual(['Vary', 'Origin']);
  });

  it.each([
    [undefined, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ['PATCH', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
    ['GET, HEAD', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, GET, HEAD'],
    ['QUERY', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, QUERY'],
  ])('grants a preflight for the method %s: %s', (method, granted) => {
    const more = method === undefined ? {} : { 'access-control-request-method': method };
    const headers = new Cors('*').preflightHeaders(from('https://a.example', more));
    expect(get(headers, 'Access-Control-Allow-Methods')).toBe(granted);
    expect(headers).not.toContain('Access-Control-Allow-Headers');
    expect(headers.slice(-2)).toEqual(['Vary', 'Access-Control-Request-Headers']);
  });

  it('lets a page of the internet reach a private network only if its origin is allowed and it asks', () => {
    const asks = { 'access-control-request-private-network': 'true' };
    const cors = new Cors(['https://a.example']);
    const allowed = cors.preflightHeaders(from('https://a.example', asks));
    expect(get(allowed, 'Access-Control-Allow-Private-Network')).toBe('true');
    expect(allowed.filter((part) => part === 'Vary')).toHaveLength(1);
    expect(cors.preflightHeaders(from('https://b.example', asks))).toEqual(['Vary', 'Origin']);
    for (const more of [{}, { 'access-control-request-private-network': 'false' }])
      expect(cors.preflightHeaders(from('https://a.example', more))).not.toContain(
        'Access-Control-Allow-Private-Network',
      );
  });
});
