import { publicPath, publicUrl, withoutPublicPath } from '../../../src/proxy/routing/public-url';

const HOST = '1300000000-abcdefgh12.ap-singapore.tencentscf.com';

describe('publicUrl', () => {
  it.each([
    [HOST, 'http', `https://${HOST}/release`],
    [HOST, 'https', `https://${HOST}/release`],
    [HOST, undefined, `https://${HOST}/release`],
    [`${HOST.toUpperCase()}:443`, 'http', `https://${HOST.toUpperCase()}:443/release`],
    ['tencentscf.com.evil.example', 'http', 'http://tencentscf.com.evil.example/release'],
    ['eviltencentscf.com', 'http', 'http://eviltencentscf.com/release'],
    ['llm.example.com', 'http', 'http://llm.example.com/release'],
    ['llm.example.com', undefined, 'https://llm.example.com/release'],
    ['localhost:9000', undefined, 'http://localhost:9000/release'],
    ['localhost:9000', 'https', 'https://localhost:9000/release'],
    ['my-localhost.example', undefined, 'https://my-localhost.example/release'],
    ['llm.example.com', 'https', 'https://llm.example.com/release'],
    ['localhost:9000', 'javascript', 'http://localhost:9000/release'],
    ['[::1]:9000', undefined, 'http://[::1]:9000/release'],
    ['127.0.0.1', undefined, 'http://127.0.0.1/release'],
    ['a b', undefined, 'https://this-host/release'],
  ])('at %s, with X-Forwarded-Proto %s, is %s', (host, proto, expected) => {
    const headers = { host, ...(proto === undefined ? {} : { 'x-forwarded-proto': proto }) };
    expect(publicUrl({ headers }, '/release')).toBe(expected);
  });

  it('names no host if there is none', () => {
    expect(publicUrl({ headers: {} }, '')).toBe('https://this-host');
  });

  it('is the one that is set, whatever the request says', () => {
    const front = { publicUrl: 'https://llm.example.com/ai', isTrusted: () => true };
    const headers = { host: 'evil.example', 'x-forwarded-prefix': '/x' };
    expect(publicUrl({ headers, baseUrl: '/mounted' }, '/release', front)).toBe(
      'https://llm.example.com/ai/release',
    );
  });

  it('has the path below which Express has mounted the proxy', () => {
    const headers = { host: 'llm.example.com' };
    expect(publicUrl({ headers, baseUrl: '/mounted' }, '/v1')).toBe('https://llm.example.com/mounted/v1');
  });

  it.each([
    ['/ai', '/ai'],
    ['/ai/', '/ai'],
    ['/outer, /inner/', '/outer/inner'],
    ['/a.b/c_d~e-f', '/a.b/c_d~e-f'],
    ['/..a', '/..a'],
    ['/', ''],
    ['', ''],
    ['/a/../b', ''],
    ['/..', ''],
    ['/./a', ''],
    ['ai', ''],
    ['//evil.example', ''],
    ['/a b', ''],
    ['/"><script>', ''],
    [`/${'a'.repeat(255)}`, `/${'a'.repeat(255)}`],
    [`/${'a'.repeat(256)}`, ''],
  ])('has what a trusted server in front has removed of the path: %s', (prefix, expected) => {
    const request = { headers: { host: 'llm.example.com', 'x-forwarded-prefix': prefix } };
    const front = (isTrusted: boolean) => ({ publicUrl: '', isTrusted: () => isTrusted });
    expect(publicUrl(request, '/v1', front(true))).toBe(`https://llm.example.com${expected}/v1`);
    expect(publicUrl(request, '/v1', front(false))).toBe('https://llm.example.com/v1');
    expect(publicUrl(request, '/v1')).toBe('https://llm.example.com/v1');
  });
});

describe('the path of PUBLIC_URL', () => {
  it.each([
    ['', ''],
    ['https://llm.example.com', ''],
    ['https://llm.example.com/', ''],
    ['https://llm.example.com/ai', '/ai'],
    ['https://llm.example.com/ai/v2/', '/ai/v2'],
  ])('of %j is %j', (url, path) => {
    expect(publicPath(url)).toBe(path);
  });

  it.each([
    ['/ai/v1/models?a=1', '/ai', '/v1/models?a=1'],
    ['/ai', '/ai', '/'],
    ['/ai?a=1', '/ai', '/?a=1'],
    ['/ai/', '/ai', '/'],
    ['/aim/v1', '/ai', '/aim/v1'],
    ['/v1/ai', '/ai', '/v1/ai'],
    ['/v1/models', '', '/v1/models'],
  ])('%s without %j is %s', (target, path, expected) => {
    expect(withoutPublicPath(target, path)).toBe(expected);
  });
});
