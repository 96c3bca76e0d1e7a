import { AllowedOrigins } from '../../../src/proxy/auth/allowed-origins';

const ME = 'localhost:9000';
const allows = (
  headers: Record<string, string>,
  options: Partial<ConstructorParameters<typeof AllowedOrigins>[0]> = {},
): boolean => {
  const check = new AllowedOrigins({ corsOrigins: [], allowedHosts: [], isPublic: false, ...options });
  try {
    check.check({ headers });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'foreign-origin', status: 403 });
    return false;
  }
};

describe('a request that no browser sends', () => {
  it('is allowed by address, by a local name and without Host', () => {
    for (const host of [
      ME,
      '127.0.0.1:9000',
      '192.168.1.5',
      '[::1]:9000',
      '[fd00::5]',
      'proxy:9000',
      'nas.local:9000',
      'NAS.Local',
      'nas.local.',
      'llm.home.arpa',
      'host.docker.internal',
      'scf-llm-proxy.default.svc.cluster.local',
      'router.lan',
    ])
      expect([host, allows({ host })]).toEqual([host, true]);
    expect(allows({})).toBe(true);
  });

  it('is rejected for a host name that an attacker’s DNS could resolve to this machine', () => {
    for (const host of [
      'evil.example:9000',
      'evil.example',
      'evil.example.',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.local.example:9000',
      'evillocal.com',
      '127.0.0.1@evil.example',
    ])
      expect([host, allows({ host })]).toEqual([host, false]);
  });

  it('is allowed for a listed host name, or for any if all are listed', () => {
    const allowedHosts = ['LLM.example.com'];
    expect(allows({ host: 'llm.example.com:8443' }, { allowedHosts })).toBe(true);
    expect(allows({ host: 'llm.EXAMPLE.com' }, { allowedHosts })).toBe(true);
    expect(allows({ host: 'x.llm.example.com' }, { allowedHosts })).toBe(false);
    expect(allows({ host: 'evil.example' }, { allowedHosts: ['*'] })).toBe(true);
  });

  it('is allowed for any host name at a public address', () => {
    expect(allows({ host: 'llm.example.com' }, { isPublic: true })).toBe(true);
  });
});

describe('a request of a web page', () => {
  it('is allowed from the proxy’s own page', () => {
    for (const [origin, host] of [
      ['http://localhost:9000', ME],
      ['http://192.168.1.5', '192.168.1.5'],
      ['http://192.168.1.5', '192.168.1.5:80'],
      ['http://[::1]:9000', '[::1]:9000'],
      ['http://nas.local:9000', 'NAS.local:9000'],
    ] as const) {
      expect([origin, allows({ host, origin })]).toEqual([origin, true]);
      expect(allows({ host, origin, 'sec-fetch-site': 'same-origin' })).toBe(true);
    }
    expect(allows({ host: ME, 'sec-fetch-site': 'none' })).toBe(true); // the address bar
  });

  it('is rejected from any other page', () => {
    for (const origin of [
      'https://evil.example',
      'http://localhost:3000', // another server of this machine
      'http://localhost',
      'http://127.0.0.1:9000',
      'null',
      '',
      '*',
      'file://',
      'chrome-extension://abcdef',
    ])
      expect([origin, allows({ host: ME, origin })]).toEqual([origin, false]);
    for (const site of ['cross-site', 'same-site', 'Cross-Site', 'same-origin, cross-site', ''])
      expect([site, allows({ host: ME, 'sec-fetch-site': site })]).toEqual([site, false]);
    expect(allows({ host: ME, origin: 'http://localhost:9000', 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(allows({ host: 'evil.example:9000', origin: 'http://evil.example:9000' })).toBe(false);
  });

  it('is rejected at a public address as well', () => {
    const host = 'fn.ap-singapore.tencentscf.com';
    expect(allows({ host, origin: 'https://evil.example' }, { isPublic: true })).toBe(false);
    expect(allows({ host, origin: `https://${host}` }, { isPublic: true })).toBe(true);
  });

  it('is allowed from a named origin; the asterisk names none', () => {
    const origin = 'https://chat.example';
    const named = { corsOrigins: [origin] };
    expect(allows({ host: ME, origin, 'sec-fetch-site': 'cross-site' }, named)).toBe(true);
    expect(allows({ host: ME, origin: 'https://chat.example.evil.example' }, named)).toBe(false);
    expect(allows({ host: 'evil.example', origin }, named)).toBe(false);
    for (const anyone of ['https://evil.example', '*', ''])
      expect(allows({ host: ME, origin: anyone }, { corsOrigins: '*' })).toBe(false);
  });

  it('is allowed from a listed host even if Host was replaced on the way, but not from its other ports', () => {
    const front = { allowedHosts: ['llm.example.com'] };
    expect(allows({ host: 'proxy:9000', origin: 'https://llm.example.com' }, front)).toBe(true);
    expect(allows({ host: 'proxy:9000', origin: 'https://llm.example.com:8443' }, front)).toBe(false);
    expect(allows({ host: 'proxy:9000', origin: 'https://evil.example' }, { allowedHosts: ['*'] })).toBe(
      false,
    );
  });
});
