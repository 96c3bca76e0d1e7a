import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { startLocalScf, type LocalScf } from '../../scripts/local-scf';
import { Project } from '../scripts/deploy/project';

let scf: LocalScf;
let project: Project;

beforeAll(async () => {
  scf = await startLocalScf();
});
afterAll(() => scf.close());
beforeEach(() => {
  scf.calls.length = 0;
  project = new Project({
    TENCENT_SECRET_ID: scf.credentials.secretId,
    TENCENT_SECRET_KEY: scf.credentials.secretKey,
    TENCENT_SCF_ENDPOINT: scf.endpoint,
  });
});
afterEach(() => {
  project.remove();
});

describe('rejected before any call', () => {
  it.each<[string, (one: Project) => void, string[]]>([
    [
      'Hong Kong',
      (one) => {
        one.describe((text) => text.replace('region: ap-singapore', 'region: ap-hongkong'));
      },
      ['ap-hongkong', 'ap-singapore, ap-tokyo'],
    ],
    [
      'a mainland region',
      (one) => {
        one.describe((text) => text.replace('region: ap-singapore', 'region: ap-guangzhou'));
      },
      ['ap-guangzhou', 'ap-singapore, ap-tokyo'],
    ],
    [
      'a 5 KB environment',
      (one) => {
        one.environment['OPENAI_API_KEYS'] = Array.from(
          { length: 100 },
          (_, at) => `sk-proj-${at}-${'x'.repeat(40)}`,
        ).join();
        one.environment['ACCESS_TOKENS'] = 'me:tok-1-0123456789';
      },
      ['config/*.yaml', '4096'],
    ],
    [
      'a missing credential',
      (one) => {
        delete one.environment['TENCENT_SECRET_KEY'];
      },
      ['TENCENT_SECRET_KEY is missing'],
    ],
    [
      'an empty credential',
      (one) => {
        one.environment['TENCENT_SECRET_ID'] = '';
      },
      ['TENCENT_SECRET_ID is missing'],
    ],
    [
      'a misspelt key',
      (one) => {
        one.describe((text) => text.replace('memorySize:', 'memorysize:'));
      },
      ['inputs.memorysize', 'Did you mean memorySize?'],
    ],
    [
      'a value with which the proxy would not start',
      (one) => {
        one.environment['KEY_STRATEGY'] = 'random';
      },
      ['KEY_STRATEGY must be one of'],
    ],
    [
      'a mistake in a packaged file, reported once',
      (one) => {
        one.write('config/keys.yaml', 'OPENAI_API_KEY_: [sk-proj-secret-1]\n');
      },
      ['OPENAI_API_KEY_ in the configuration file', 'Did you mean'],
    ],
    [
      'a folder that the build would empty',
      (one) => {
        one.describe((text) => text.replace('src: ./dist/scf', 'src: .'));
      },
      ['inputs.src must be a folder inside dist/'],
    ],
    [
      'an endpoint that is not this machine',
      (one) => {
        one.environment['TENCENT_SCF_ENDPOINT'] = 'scf.example.com:443';
      },
      ['TENCENT_SCF_ENDPOINT'],
    ],
  ])('%s', async (_what, change, parts) => {
    change(project);
    const { status, output, errors } = await project.run();
    expect({ status, output, calls: scf.calls }).toEqual({ status: 1, output: '', calls: [] });
    for (const part of parts) expect(errors).toContain(part);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(errors).not.toMatch(/secret-1|sk-proj-0/);
  });

  it('all at once', async () => {
    delete project.environment['TENCENT_SECRET_ID'];
    project.environment['OPENAI_API_KEYS'] = 'sk-proj-secret-1';
    project.describe((text) =>
      text
        .replace('region: ap-singapore', 'region: ap-hongkong')
        .replace('eip: true', 'eips: true')
        .replace('timeout: 900', 'timeout: 9000'),
    );
    const { errors } = await project.run();
    for (const part of ['TENCENT_SECRET_ID', 'inputs.eips', 'inputs.timeout', 'ap-hongkong'])
      expect(errors).toContain(part);
    expect(scf.calls).toEqual([]);
  });
});

it('takes credentials and variables from .env, which the environment overrides', async () => {
  const { TENCENT_SECRET_ID, TENCENT_SECRET_KEY, ...rest } = project.environment;
  project.environment = { ...rest, TENCENT_SECRET_ID: '', KEY_STRATEGY: 'affinity' };
  project.write(
    '.env',
    `TENCENT_SECRET_ID=${String(TENCENT_SECRET_ID)}\nTENCENT_SECRET_KEY="${String(TENCENT_SECRET_KEY)}"\nKEY_STRATEGY=round-robin\nDEFAULT_PROVIDER=anthropic\n`,
  );
  const { status, output } = await project.run('--dry-run');
  expect(status).toBe(0);
  expect(output).toContain('variables DEFAULT_PROVIDER, KEY_STRATEGY');
});

it.each([['remove'], ['versions'], ['rollback']])(
  '%s finds a misspelt credential in .env',
  async (action) => {
    const { TENCENT_SECRET_KEY, ...rest } = project.environment;
    project.environment = rest;
    project.write('.env', `TENCENT_SECRETKEY=${String(TENCENT_SECRET_KEY)}\n`);
    const { status, errors } = await project.run(action);
    expect(status).toBe(1);
    expect(errors).toContain(
      'TENCENT_SECRETKEY is not a variable of this proxy. Did you mean TENCENT_SECRET_KEY?',
    );
    expect(errors).toContain('TENCENT_SECRET_KEY is missing');
    expect(errors).not.toContain(String(TENCENT_SECRET_KEY));
    expect(scf.calls).toEqual([]);
  },
);

it.each([['--dryrun'], ['removed'], ['remove', 'all']])('does not guess what %s means', async (...args) => {
  const { status, errors } = await project.run(...args);
  expect(status).toBe(1);
  expect(errors).toContain('npm run deploy -- --dry-run');
  expect(scf.calls).toEqual([]);
});

it('changes nothing if npm consumed the flag', async () => {
  project.environment['npm_config_dry_run'] = 'true';
  expect((await project.run()).output).toContain('Steps a deployment would take:');
  expect(scf.calls.map(({ action }) => action)).toEqual(['GetFunction', 'GetFunction']);
});

it('reports that the credentials are not accepted, without showing them', async () => {
  project.environment['TENCENT_SECRET_KEY'] = 'another-secret-key-than-theirs';
  const { status, output, errors } = await project.run();
  expect(status).toBe(1);
  expect(errors).toContain('Check TENCENT_SECRET_ID, TENCENT_SECRET_KEY');
  expect(output + errors).not.toContain('another-secret-key');
  expect(scf.calls).toEqual([]);
});

it('lists the runtimes if a region rejects one', async () => {
  project.describe((text) => text.replace('runtime: Nodejs20.19', 'runtime: Nodejs24.11'));
  const { status, errors } = await project.run();
  expect(status).toBe(1);
  expect(errors).toContain('Nodejs18.15, Nodejs20.19, Nodejs22.21');
  expect(errors).toContain('The bundle runs on all of them.');
});

it('prints a policy for what the file describes, without credentials and without a call', async () => {
  project.environment = {};
  const { status, output, errors } = await project.run('policy');
  expect(status).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ version: '2.0', statement: [{ effect: 'allow' }] });
  expect(output).not.toContain('CustomDomain');
  expect(errors).toContain('/cam/policy');
  expect(errors).toContain('every function of the account');
  expect(JSON.parse((await project.run('policy', '--json')).output)).toEqual(JSON.parse(output));
  expect(scf.calls).toEqual([]);
});

it('is started by its main', async () => {
  const main = path.resolve(__dirname, '../../scripts/deploy/main.ts');
  const run = promisify(execFile)(process.execPath, ['--import', 'tsx', main, '--help'], {
    cwd: path.resolve(__dirname, '../..'),
    timeout: 20_000,
  });
  expect((await run).stdout).toContain('npm run deploy -- remove');
});
