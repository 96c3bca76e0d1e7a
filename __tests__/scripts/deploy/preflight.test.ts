import { preflight, type Preflight } from '../../../scripts/deploy/preflight';
import { ALLOWED_REGIONS, REFUSED_REGIONS } from '../../../scripts/shared/regions';
import type { FunctionSettings } from '../../../scripts/deploy/serverless-file';
import { settingsWith } from './project';

const SECRET_KEY = 'local-secret-key-of-the-account';

function factsWith(settings: Partial<FunctionSettings>, changes: Partial<Preflight> = {}): Preflight {
  return {
    settings: settingsWith(settings),
    connection: { credentials: { secretId: 'AKIDx', secretKey: SECRET_KEY } },
    uncheckedTls: false,
    configProblems: [],
    bundle: {
      packageBytes: 200_000,
      builtAtMs: 2_000,
      newestSource: { path: 'src/entry/web-function.ts', changedAtMs: 1_000 },
    },
    ...changes,
  };
}

describe('preflight', () => {
  it('accepts the shipped description', () => {
    expect(preflight(factsWith({}))).toEqual([]);
  });

  it.each(ALLOWED_REGIONS)('accepts %s', (region) => {
    expect(preflight(factsWith({ region }))).toEqual([]);
  });

  it.each(REFUSED_REGIONS)('rejects %s and names the allowed regions', (region) => {
    const problems = preflight(factsWith({ region }));
    expect(problems).toHaveLength(1);
    for (const named of [region, 'OpenAI', 'Anthropic', ...ALLOWED_REGIONS])
      expect(problems[0]).toContain(named);
  });

  it.each([
    ['an unknown region', { region: 'ap-singapor' }, 'Did you mean ap-singapore?'],
    ['a region of nowhere', { region: 'mars-1' }, 'Choose one of: ap-singapore'],
    ['another, with what is unconfirmed', { region: 'mars-2' }, 'eu-frankfurt, sa-saopaulo (unconfirmed).'],
    ['a name with spaces', { name: 'my proxy' }, 'inputs.name'],
    ['a name that ends in a hyphen', { name: 'proxy-' }, 'inputs.name'],
    ['an old runtime', { runtime: 'Nodejs16.13' }, 'Nodejs20.19'],
    ['another language', { runtime: 'Python3.9' }, 'Nodejs20.19'],
    ['memory between the steps', { memoryMb: 200 }, 'steps of 128'],
    ['too much memory', { memoryMb: 3200 }, '3072'],
    ['no timeout', { timeoutSeconds: 0 }, '1 to 900'],
    ['too long a timeout', { timeoutSeconds: 901 }, '1 to 900'],
    ['too short an init timeout', { initTimeoutSeconds: 2 }, '3 to 300'],
    ['too many at once', { maxConcurrency: 101 }, '1 to 100'],
    ['no way out', { publicAccess: false }, 'reaches no provider'],
    ['no way in', { trigger: { ...settingsWith().trigger, extranet: false } }, 'there is no public URL'],
    ['5 KB of variables', { environment: { A_KEY: 'x'.repeat(5_000) } }, 'config/*.yaml'],
    ['a reserved name', { environment: { SCF_X: 'x' } }, 'variables.SCF_X'],
    ['another one', { environment: { QCLOUD_X: 'x' } }, 'variables.QCLOUD_X'],
    ['a third', { environment: { TENCENTCLOUD_X: 'x' } }, 'variables.TENCENTCLOUD_X'],
    ['a name that is none', { environment: { '1A': 'x' } }, 'variables.1A'],
    ['the account’s key among the variables', { environment: { A: `x${SECRET_KEY}` } }, 'Tencent account'],
  ])('rejects %s', (_what, settings, remedy) => {
    const problems = preflight(factsWith(settings));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(remedy);
    expect(problems[0]).not.toContain(SECRET_KEY);
  });

  it.each([64, 128, 256, 3072])('accepts %d MB', (memoryMb) => {
    expect(preflight(factsWith({ memoryMb }))).toEqual([]);
  });

  it.each(['Nodejs18.15', 'Nodejs20.19', 'Nodejs22.21', 'Nodejs24.11'])('accepts %s', (runtime) => {
    expect(preflight(factsWith({ runtime }))).toEqual([]);
  });

  it('counts the variables in bytes, names included', () => {
    const room = 4096 - 'KEY'.length;
    expect(preflight(factsWith({ environment: { KEY: 'x'.repeat(room) } }))).toEqual([]);
    expect(preflight(factsWith({ environment: { KEY: 'x'.repeat(room + 1) } }))).toHaveLength(1);
    expect(preflight(factsWith({ environment: { KEY: 'é'.repeat(room / 2 + 1) } }))).toHaveLength(1);
  });

  it.each<[string, Partial<Preflight>, string]>([
    ['a missing id', { connection: { credentials: { secretId: '', secretKey: 'k' } } }, 'TENCENT_SECRET_ID'],
    [
      'a missing key',
      { connection: { credentials: { secretId: 'i', secretKey: '' } } },
      'TENCENT_SECRET_KEY',
    ],
    [
      'an endpoint elsewhere',
      {
        connection: { credentials: { secretId: 'i', secretKey: 'k' }, loopback: 'scf.example.com:80' },
      },
      'TENCENT_SCF_ENDPOINT',
    ],
    [
      'an endpoint that only begins like this machine',
      {
        connection: { credentials: { secretId: 'i', secretKey: 'k' }, loopback: '127.0.0.1:80@evil.example' },
      },
      'TENCENT_SCF_ENDPOINT',
    ],
    [
      'an unknown endpoint',
      { connection: { credentials: { secretId: 'i', secretKey: 'k' }, unknownEndpoint: true } },
      'TENCENT_ENDPOINT must be intl',
    ],
    [
      'a missing key of an international account',
      { connection: { credentials: { secretId: 'i', secretKey: '' }, site: 'international' } },
      'at https://console.tencentcloud.com/cam/capi and',
    ],
    ['certificates unchecked', { uncheckedTls: true }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
    ['what the proxy itself would not start with', { configProblems: ['PORT must be …'] }, 'PORT must be …'],
    [
      'a package that is too large',
      { bundle: { packageBytes: 16e6, builtAtMs: 1, newestSource: { path: '', changedAtMs: 0 } } },
      'SCF takes 15.0',
    ],
    [
      'a bundle older than its sources',
      { bundle: { packageBytes: 1, builtAtMs: 1, newestSource: { path: 'src/app/app.ts', changedAtMs: 2 } } },
      'src/app/app.ts is newer',
    ],
  ])('rejects %s', (_what, changes, remedy) => {
    const problems = preflight(factsWith({}, changes));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(remedy);
  });

  it('reports everything at once', () => {
    const problems = preflight(
      factsWith(
        { region: 'ap-hongkong', memoryMb: 1, timeoutSeconds: 0, environment: { SCF_X: 'y' } },
        { connection: { credentials: { secretId: '', secretKey: '' } }, configProblems: ['another'] },
      ),
    );
    expect(problems).toHaveLength(7);
  });
});
