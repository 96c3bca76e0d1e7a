import type { Site } from '../../../scripts/deploy/console';
import { announceRecord, appIdFrom, appIdIn } from '../../../scripts/deploy/domain/dns-record';
import { planDomain } from '../../../scripts/deploy/domain/plan';
import { readServerlessFile } from '../../../scripts/deploy/serverless-file';
import { SERVERLESS_YML, settingsWith } from './project';

function read(lines: Record<string, string>) {
  const text = Object.entries(lines).map(([key, value]) => `    ${key}: ${value}\n`);
  return readServerlessFile(`${SERVERLESS_YML}\n  customDomain:\n${text.join('')}`, {});
}

describe('inputs.customDomain', () => {
  it('is read, with HTTPS by default and the name in lower case', () => {
    expect(read({ domain: 'LLM.Example.com', certificateId: 'AbCd1234' })).toMatchObject({
      problems: [],
      settings: {
        customDomain: { domain: 'llm.example.com', certificateId: 'AbCd1234', protocol: 'HTTPS' },
      },
    });
  });

  it.each([
    ['https://llm.example.com', 'without https://'],
    ['llm.example.com/v1', 'without https://'],
    ['"llm.example.com:443"', 'without https://'],
    ['"*.example.com"', 'no wildcard'],
    ['localhost', 'such as llm.example.com'],
    ['llm_proxy.example.com', 'such as llm.example.com'],
    ['-llm.example.com', 'such as llm.example.com'],
    ['llm..example.com', 'such as llm.example.com'],
    [`${'a'.repeat(64)}.example.com`, 'such as llm.example.com'],
    ['203.0.113.7', 'not an IP address'],
    ['模型.example.com', 'xn--'],
    ['1250000000-x.ap-singapore.tencentscf.com', 'not one of Tencent'],
    ['"${env:NOT_SET}"', 'needs the variable NOT_SET'],
  ])('rejects the domain %s: %s', (domain, problem) => {
    const { problems } = read({ domain, certificateId: 'AbCd1234' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('inputs.customDomain.domain');
    expect(problems[0]).toContain(problem);
  });

  it('reports every problem at once, and repeats no certificate', () => {
    const { problems } = read({
      domain: 'localhost',
      certificateId: '"-----BEGIN CERTIFICATE----- abc"',
      protocol: 'HTTP',
      certificate: 'x',
    });
    expect(problems).toEqual([
      expect.stringContaining('inputs.customDomain.certificate is not a setting'),
      expect.stringContaining('inputs.customDomain.domain must be'),
      expect.stringContaining('inputs.customDomain.certificateId must be the id'),
      expect.stringContaining('inputs.customDomain.protocol must be HTTPS or HTTP&HTTPS'),
    ]);
    expect(problems.join()).not.toContain('BEGIN');
  });

  it('needs a domain and a certificate', () => {
    expect(read({ protocol: 'HTTPS' }).problems).toEqual([
      'inputs.customDomain.domain is missing.',
      'inputs.customDomain.certificateId is missing.',
    ]);
  });
});

describe('the number of the account', () => {
  it.each([
    ['https://1300000000-abcdefghij.ap-singapore.tencentscf.com', '1300000000'],
    ['https://1300000000-abcdefghij.ap-singapore.tencentscf.com.example', undefined],
    ['https://abc-abcdefghij.ap-singapore.tencentscf.com', undefined],
    ['http://127.0.0.1:8000', undefined],
    ['nothing', undefined],
    [undefined, undefined],
  ])('in %s is %s', (url, appId) => {
    expect(appIdIn(url)).toBe(appId);
  });

  it('is taken from the environment first, if it is a number', () => {
    const url = 'https://1300000000-a.ap-singapore.tencentscf.com';
    expect(appIdFrom('1250000000', url)).toBe('1250000000');
    expect(appIdFrom('me', url)).toBe('1300000000');
    expect(appIdFrom(undefined, undefined)).toBeUndefined();
  });
});

describe('announceRecord', () => {
  const record = { domain: 'llm.example.com', region: 'ap-tokyo', appId: '1250000000' };
  async function said(resolve: (name: string) => Promise<readonly string[]>): Promise<string[]> {
    const lines: string[] = [];
    const terminal = { say: (line: string) => lines.push(line), progress: () => undefined };
    await announceRecord(record, { terminal, site: undefined, resolve });
    return lines;
  }

  it('says nothing if DNS has the record, in any case and with a final dot', async () => {
    expect(await said(() => Promise.resolve(['1250000000.AP-Tokyo.tencentscf.com.']))).toEqual([]);
  });

  it('says which record is needed if there is none, or that of another region', async () => {
    const needed = '  llm.example.com  CNAME  1250000000.ap-tokyo.tencentscf.com';
    expect(await said(() => Promise.reject(new Error('ENOTFOUND')))).toContain(needed);
    const lines = await said(() => Promise.resolve(['1250000000.ap-singapore.tencentscf.com']));
    expect(lines[0]).toContain('which leads to 1250000000.ap-singapore.tencentscf.com now');
    expect(lines).toContain(needed);
  });
});

describe('planDomain', () => {
  const wanted = { domain: 'llm.example.com', certificateId: 'AbCd1234', protocol: 'HTTPS' };
  const endpoint = {
    Namespace: 'default',
    FunctionName: 'scf-llm-proxy',
    Qualifier: '$DEFAULT',
    PathMatch: '/*',
  };
  const there = { Protocol: 'HTTPS', CertConfig: { CertificateId: 'AbCd1234' }, EndpointsConfig: [endpoint] };
  const lineOf = (changes: object) => {
    const plan = planDomain(wanted, { settings: settingsWith(), site: undefined }, { ...there, ...changes });
    return 'conflict' in plan ? plan.conflict : plan.step?.line;
  };

  it.each([
    ['nothing if nothing differs', {}, undefined],
    ['the protocol', { Protocol: 'HTTP' }, 'protocol HTTP → HTTPS'],
    ['a renewed certificate', { CertConfig: { CertificateId: 'other' } }, 'another certificate'],
    ['a missing certificate', { CertConfig: undefined }, 'another certificate'],
    [
      'a part of the paths',
      { EndpointsConfig: [{ ...endpoint, PathMatch: '/v1/*' }] },
      'every path leads to',
    ],
    ['another version', { EndpointsConfig: [{ ...endpoint, Qualifier: '3' }] }, 'every path leads to'],
    ['no function', { EndpointsConfig: [] }, 'every path leads to'],
    [
      'another function on one of the paths as a conflict',
      { EndpointsConfig: [endpoint, { ...endpoint, FunctionName: 'shop', PathMatch: '/shop/*' }] },
      'leads to the function shop',
    ],
  ])('finds %s', (_what, changes, line) => {
    if (line === undefined) expect(lineOf(changes)).toBeUndefined();
    else expect(lineOf(changes)).toContain(line);
  });
});

describe('links to the console', () => {
  const said = (site: Site | undefined) => {
    const lines: string[] = [];
    const terminal = { say: (line: string) => lines.push(line), progress: () => undefined };
    const record = { domain: 'llm.example.com', region: 'ap-tokyo', appId: undefined };
    const resolve = () => Promise.resolve([]);
    return announceRecord(record, { terminal, site, resolve }).then(() => lines.join('\n'));
  };
  const conflictOf = (site: Site | undefined) =>
    JSON.stringify(
      planDomain(
        { domain: 'llm.example.com', certificateId: 'AbCd1234', protocol: 'HTTPS' },
        { settings: settingsWith(), site },
        { EndpointsConfig: [{ Namespace: 'default', FunctionName: 'shop', Qualifier: '', PathMatch: '/*' }] },
      ),
    );
  const problemOf = (environment: Record<string, string>) =>
    readServerlessFile(
      `${SERVERLESS_YML}\n  customDomain:\n    domain: llm.example.com\n    certificateId: '-----BEGIN CERTIFICATE-----'\n`,
      environment,
    ).problems.join();

  it('about a domain are those of the international site if TENCENT_ENDPOINT says so', async () => {
    const texts = [
      await said('international'),
      conflictOf('international'),
      problemOf({ TENCENT_ENDPOINT: 'intl' }),
    ];
    for (const [at, page] of ['/developer', '/scf', '/ssl'].entries()) {
      expect(texts[at]).toContain(`https://console.tencentcloud.com${page}`);
      expect(texts[at]).not.toContain('console.cloud.tencent.com');
    }
  });

  it('about a domain are given for both sites otherwise', async () => {
    for (const text of [await said(undefined), conflictOf(undefined), problemOf({})]) {
      expect(text).toContain('https://console.cloud.tencent.com');
      expect(text).toContain('https://console.tencentcloud.com');
    }
  });
});
