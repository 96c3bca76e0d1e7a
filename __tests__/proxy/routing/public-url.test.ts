import { publicUrl } from '../../../src/proxy/routing/public-url';

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
});
