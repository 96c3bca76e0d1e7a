import { ProxyError } from '../../src/errors/proxy-error';
import { normaliseEvent } from '../../src/event/normalise-event';

const normal = (fields: object, remainingMs?: number) =>
  normaliseEvent(
    { httpMethod: 'POST', path: '/v1/chat/completions', ...fields },
    { stagePrefixes: ['release'], remainingMs },
  );

describe('an event', () => {
  it.each([{}, null, 'x', { Type: 'Timer', TriggerName: 'keep-warm' }, { httpMethod: 'GET' }])(
    'that is not of an HTTP trigger is an error that says so: %j',
    (event) => {
      expect(() => normaliseEvent(event, { stagePrefixes: [], remainingMs: undefined })).toThrow(
        /Function URL/,
      );
    },
  );

  it.each([
    ['a method that is none', { httpMethod: 'GET / HTTP/1.1\r\nX: ' }],
    ['a header that would begin another', { headers: { a: 'x\r\nAuthorization: y' } }],
    ['a header name that is none', { headers: { 'a b': 'x' } }],
  ])('with %s is rejected as an HTTP server would', (_what, fields) => {
    expect(() => normal(fields)).toThrow(expect.objectContaining({ code: 'bad-request' }) as Error);
  });

  it('is not changed', () => {
    const event = Object.freeze({
      httpMethod: 'GET',
      path: '/',
      headers: Object.freeze({ a: '1' }),
      queryString: Object.freeze({ a: Object.freeze(['1', '2']) }),
    });
    expect(() => normaliseEvent(event, { stagePrefixes: [], remainingMs: undefined })).not.toThrow();
  });
});

describe('the query', () => {
  it.each([
    [{ queryString: { a: ['1', '2'], b: '' } }, { a: ['1', '2'], b: [''] }],
    [{ queryString: 'a=1&b=x%20y&a=2' }, { a: ['1', '2'], b: ['x y'] }],
    [{ queryStringParameters: { a: '1' } }, { a: ['1'] }],
    [{ queryString: { a: '1' }, queryStringParameters: { b: '1' } }, { a: ['1'] }],
    [{ queryString: { n: 7, t: true, none: null } }, { n: ['7'], t: ['true'], none: [] }],
    [{}, {}],
  ])('of %j', (fields, query) => {
    expect(normal(fields).multiValueQueryStringParameters).toEqual(query);
  });

  it('may be called like a member of every object', () => {
    const { multiValueQueryStringParameters } = normal({
      queryString: JSON.parse('{"__proto__":"1"}') as object,
    });
    expect(Object.entries(multiValueQueryStringParameters)).toEqual([['__proto__', ['1']]]);
  });
});

describe('the path', () => {
  it.each([
    ['', '/'],
    ['/v1/files/a b', '/v1/files/a%20b'],
    ['/v1/files/é你', '/v1/files/%C3%A9%E4%BD%A0'],
    ['/v1/files/a%20b', '/v1/files/a%20b'],
    ['/release/v1', '/release/v1'],
    ['//host/v1', '//host/v1'],
    ['/v1/a\r\nb', '/v1/a\r\nb'],
  ])('%j is given as %j', (path, given) => {
    expect(normal({ path }).path).toBe(given);
  });
});

describe('the body', () => {
  it.each([
    [{ body: 'x' }, 'x', false],
    [{ body: 'eA==', isBase64Encoded: true }, 'eA==', true],
    [{ body: 'eA==', isBase64Encoded: 'true' }, 'eA==', true],
    [{ body: 'x', isBase64Encoded: 'false' }, 'x', false],
    [{ body: null }, '', false],
    [{}, '', false],
    [{ body: { a: 1 } }, '{"a":1}', false],
  ])('of %j', (fields, body, isBase64Encoded) => {
    expect(normal(fields)).toMatchObject({ body, isBase64Encoded });
  });
});

describe('the headers', () => {
  it('lose what framed the gateway’s own connection', () => {
    const headers = {
      'Content-Length': '99',
      'Transfer-Encoding': 'chunked',
      Expect: '100-continue',
      'Keep-Alive': 'x',
      A: 'b',
    };
    expect(normal({ headers }).rawHeaders).toEqual(['A', 'b']);
  });

  it('become the bytes that they were', () => {
    expect(normal({ headers: { a: '你' } }).rawHeaders).toEqual(['a', Buffer.from('你').toString('latin1')]);
  });

  it('do not set the client address if the event has it', () => {
    const headers = {
      'X-Forwarded-For': '198.51.100.1',
      'X-Real-Ip': '198.51.100.1',
      'X-Scf-Remote-Addr': '198.51.100.1',
    };
    expect(normal({ headers, requestContext: { sourceIp: '203.0.113.7' } })).toMatchObject({
      rawHeaders: [],
      requestContext: { identity: { sourceIp: '203.0.113.7' } },
    });
    expect(normal({ headers }).rawHeaders).toHaveLength(6);
  });

  it('say how long the function may still run, whatever the client said', () => {
    const headers = { 'X-Scf-Timeout': '900' };
    expect(normal({ headers }, 2_345.6).rawHeaders).toEqual(['x-scf-timeout', '2345']);
    expect(normal({ headers }, 12).rawHeaders).toEqual(['x-scf-timeout', '1000']);
  });

  it.each([
    ['in lists', `{"a":${'['.repeat(20_000)}1${']'.repeat(20_000)}}`],
    ['in objects', `{"a":${'{"b":'.repeat(8_000)}1${'}'.repeat(8_000)}}`],
  ])('that are nested deeply %s are left out, and exhaust no stack', (_how, headers) => {
    expect(normal({ headers: JSON.parse(headers) as object }).rawHeaders).toEqual([]);
  });
});

it('a body that is nested too deeply to be written is refused as no valid request', () => {
  const body = JSON.parse('['.repeat(20_000) + ']'.repeat(20_000)) as unknown;
  expect(() => normal({ body })).toThrow(ProxyError);
});
