import { readHttpProxy } from '../../../src/proxy/connect/http-proxy';

const HOST = 'api.openai.com';

describe('The HTTP proxy of the network', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['is not used if nothing is set', {}, undefined],
    ['is not used if the variable is empty', { HTTPS_PROXY: '' }, undefined],
    ['comes from HTTPS_PROXY', { HTTPS_PROXY: 'http://10.0.0.1:3128' }, '10.0.0.1:3128'],
    ['comes from https_proxy', { https_proxy: 'http://10.0.0.1:3128' }, '10.0.0.1:3128'],
    ['comes from ALL_PROXY', { ALL_PROXY: 'http://10.0.0.1:3128' }, '10.0.0.1:3128'],
    ['comes from HTTPS_PROXY first', { ALL_PROXY: 'socks5://a:1', HTTPS_PROXY: 'http://b:2' }, 'b:2'],
    ['may have no scheme', { HTTPS_PROXY: 'proxy.lan:8080' }, 'proxy.lan:8080'],
    ['has port 80 if none is given', { HTTPS_PROXY: 'http://proxy.lan' }, 'proxy.lan:80'],
    ['may be an IPv6 address', { HTTPS_PROXY: 'http://[fd00::1]:8080' }, 'fd00::1:8080'],
    [
      'is not used for a host in NO_PROXY',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'a.example,api.openai.com' },
      undefined,
    ],
    [
      'is not used for a subdomain of a name in NO_PROXY',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: '.openai.com' },
      undefined,
    ],
    [
      'is not used for a wildcard in no_proxy',
      { HTTPS_PROXY: 'http://p:1', no_proxy: '*.openai.com' },
      undefined,
    ],
    ['is not used at all with NO_PROXY=*', { HTTPS_PROXY: 'http://p:1', NO_PROXY: '*' }, undefined],
    [
      'is used if NO_PROXY names another port',
      { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'openai.com:8443' },
      'p:1',
    ],
    ['is used for a name that only ends alike', { HTTPS_PROXY: 'http://p:1', NO_PROXY: 'ai.com' }, 'p:1'],
  ])('%s.', (_title, environment, expected) => {
    const chosen = readHttpProxy(environment).choose?.(HOST, 443);
    expect(chosen && `${chosen.hostname}:${chosen.port}`).toBe(expected);
  });

  it.each<[string, string, 'direct' | 'by the proxy']>([
    ['10.0.0.0/8', '10.1.2.3', 'direct'],
    ['10.0.0.0/8', '11.1.2.3', 'by the proxy'],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 'direct'],
    ['10.0.0.0/8', '10.1.2.3.example', 'by the proxy'],
    ['a.example, 192.168.0.0/16', '192.168.7.1', 'direct'],
    ['0.0.0.0/0', '203.0.113.1', 'direct'],
    ['fd00::/8', 'fd12::1', 'direct'],
    ['[fd00::]/8', 'fd12::1', 'direct'],
    ['fd00::/8', 'fe80::1', 'by the proxy'],
    ['fd00::/8', 'fd12.example', 'by the proxy'],
    ['fd00::1', 'fd00:0::1', 'direct'],
    ['fd00::1', 'fd00::2', 'by the proxy'],
    ['[fd00::1]:8443', 'fd00::1', 'by the proxy'],
    ['[fd00::1]:443', 'fd00::1', 'direct'],
    ['10.0.0.1:443', '10.0.0.1', 'direct'],
    ['10.0.0.1:8443', '10.0.0.1', 'by the proxy'],
    ['10.0.0.0/33', '10.0.0.0', 'by the proxy'],
    ['fd00::/129', 'fd00::', 'by the proxy'],
    ['fe80::1%eth0', 'fe80::1', 'by the proxy'],
    ['10.0.0.0/8/8', '10.0.0.0', 'by the proxy'],
  ])('with NO_PROXY=%s: %s is reached %s.', (noProxy, host, way) => {
    const proxy = readHttpProxy({ HTTPS_PROXY: 'http://p:1', NO_PROXY: noProxy }).choose?.(host, 443);
    expect(proxy === undefined ? 'direct' : 'by the proxy').toBe(way);
  });

  it('names what to set instead if it is a SOCKS proxy.', () => {
    const { problem } = readHttpProxy({ ALL_PROXY: 'socks5h://127.0.0.1:1080' });
    expect(problem).toMatch(
      /^ALL_PROXY is not used: SOCKS is not supported\. Set HTTPS_PROXY to the HTTP port/,
    );
  });

  it.each(['localhost', '127.0.0.1', '127.8.8.8', '::1', 'a.localhost'])('is never used for %s.', (host) => {
    expect(readHttpProxy({ HTTPS_PROXY: 'http://p:1' }).choose?.(host, 443)).toBeUndefined();
  });

  it('gets the user name and the password, decoded.', () => {
    const { choose, from } = readHttpProxy({ HTTPS_PROXY: 'http://me:p%40ss@p:1' });
    expect(choose?.(HOST, 443)?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(from).toBe('HTTPS_PROXY (p:1)'); // which is logged
  });

  it.each(['socks5://me:secret@127.0.0.1:1080', 'https://me:secret@p:1', 'http://[', 'http://%zz@p'])(
    'is not used, with a reason that does not repeat it, if it is %s.',
    (value) => {
      const { choose, problem } = readHttpProxy({ ALL_PROXY: value });
      expect(choose).toBeUndefined();
      expect(problem).toMatch(/^ALL_PROXY is not used: .*http:\/\/127\.0\.0\.1:7890/);
      expect(problem).not.toContain('secret');
    },
  );
});
