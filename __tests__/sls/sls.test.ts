import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installCli } from '../../scripts/serverless-cli/cli';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../helpers/http';
import { startLocalScf } from '../../scripts/local-scf';
import { startFakeControlPlane, type FakeControlPlane } from './fake-control-plane';
import { runSls } from './run-sls';
import { bootInLocalScf } from './boot';

// The real Serverless Framework: the first run installs 340 MB, each takes seconds. Not part of `npm test`.
jest.setTimeout(120_000);

const ROOT = path.resolve(__dirname, '../..');
const CREDENTIALS = { secretId: 'AKIDtest', secretKey: 'test-secret-key' };
const LOGGED_IN = {
  TENCENT_SECRET_ID: CREDENTIALS.secretId,
  TENCENT_SECRET_KEY: CREDENTIALS.secretKey,
};
/** What the description takes from the environment of the person who deploys. */
const SETTINGS = { ACCESS_TOKENS: 'laptop:test-access-token', OPENAI_API_KEYS: 'sk-test-server-key' };

let scratch: string;
let plane: FakeControlPlane;

beforeAll(async () => {
  await installCli();
}, 600_000);
beforeEach(async () => {
  scratch = mkdtempSync(path.join(tmpdir(), 'sls-'));
  plane = await startFakeControlPlane(scratch, CREDENTIALS);
});
afterEach(async () => {
  await plane.stop();
  const refused = existsSync(path.join(scratch, 'refusals'));
  rmSync(scratch, { recursive: true });
  expect(refused).toBe(false);
});

/** A folder with the project's own description, apart from whatever `.env` and bundle the project has at present. */
function projectFolder(): string {
  const folder = path.join(scratch, 'project');
  if (!existsSync(folder)) {
    mkdirSync(folder);
    cpSync(path.join(ROOT, 'serverless.yml'), path.join(folder, 'serverless.yml'));
  }
  return folder;
}

const run = (args: string[], environment: Record<string, string> = { ...LOGGED_IN, ...SETTINGS }) =>
  runSls(args, plane, { cwd: projectFolder(), scratch, environment });

describe('npm run sls -- deploy', () => {
  it('deploys the project by the real CLI, and its upload starts in the local SCF and responds', async () => {
    const finished = await run(['deploy']);
    expect(finished.text).toContain('Verified with SCF');
    expect(finished.code).toBe(0);
    expect(plane.runs).toHaveLength(1);
    const { instance, method } = plane.runs[0] ?? {};
    expect({ method, component: instance?.componentName }).toEqual({ method: 'deploy', component: 'scf' });
    expect(instance?.inputs).toMatchObject({ type: 'web', timeout: 900, eip: true, publicAccess: true });

    expect(plane.uploads).toHaveLength(1);
    const upstream = await startFakeUpstream();
    const local = await startLocalScf();
    const url = await bootInLocalScf(local, plane.uploads[0] ?? Buffer.alloc(0), {
      ...instance?.inputs.environment?.variables,
      OPENAI_UPSTREAM: upstream.origin,
    });
    const reply = await send(url, '/v1/chat/completions', {
      headers: { ...OPENAI_HEADERS, authorization: 'Bearer test-access-token' },
      body: '{"model":"m","stream":true,"messages":[]}',
    });
    await local.close();
    await upstream.close();
    expect(reply.status).toBe(200);
    expect(reply.body.toString()).toContain('data: [DONE]');
  });

  it('takes the credentials from .env', async () => {
    const lines = Object.entries({ ...LOGGED_IN, ...SETTINGS }).map(([name, value]) => `${name}=${value}`);
    writeFileSync(path.join(projectFolder(), '.env'), lines.join('\n'));
    const { code } = await run(['deploy', '--stage=test'], {});
    expect(code).toBe(0);
    expect(plane.runs[0]?.instance.inputs).not.toHaveProperty('--stage');
    expect(plane.runs[0]?.credentials.tencent['SecretId']).toBe(CREDENTIALS.secretId);
  });

  it('fails if the control plane never ran the component, which the CLI treats as success', async () => {
    plane.conduct = 'ignores';
    const finished = await run(['deploy']);
    expect(finished.text).toContain('执行成功');
    expect(finished.text).toContain('deployed, although the CLI exited with 0');
    expect(finished.text).toContain('there is no such function');
    expect(finished.text).not.toContain('Verified');
    expect(finished.code).toBe(1);
  });

  it('fails if SCF still has an earlier deployment', async () => {
    expect((await run(['deploy'])).code).toBe(0);
    plane.conduct = 'ignores';
    const finished = await run(['deploy']);
    expect(finished.text).toContain('without the mark of this run');
    expect(finished.code).toBe(1);
  });

  it.each([
    ['the component fails', 'fails', 'the component failed'],
    ['the role address is gone', 'roles-gone', 'npm run deploy'],
  ] as const)('fails if %s', async (_, conduct, expected) => {
    plane.conduct = conduct;
    const finished = await run(['deploy']);
    expect(finished.text).toContain(expected);
    expect(finished.code).toBe(1);
  });

  it.each([
    ['a refused region', 'region: ap-singapore', 'region: ap-hongkong', 'Hong Kong'],
    [
      'a default that the CLI would deploy',
      '${env:ADMIN_TOKEN}',
      "${env:ADMIN_TOKEN, 'a-default-admin-token'}",
      'as it stands',
    ],
  ])('rejects %s before any call', async (_, from, to, expected) => {
    const file = path.join(projectFolder(), 'serverless.yml');
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
    const finished = await run(['deploy']);
    expect(finished.text).toContain(expected);
    expect(finished.code).toBe(1);
    expect(plane.calls).toEqual([]);
  });

  it('fails without credentials before any call, instead of showing a code to log in with', async () => {
    const finished = await run(['deploy'], SETTINGS);
    expect(finished.text).toContain('TENCENT_SECRET_ID is missing');
    expect(finished.text).toContain('TENCENT_SECRET_KEY is missing');
    expect(finished.code).toBe(1);
    expect(plane.calls).toEqual([]);
  });

  it('fails with a wrong key before anything is uploaded', async () => {
    const finished = await run(['deploy'], { ...LOGGED_IN, ...SETTINGS, TENCENT_SECRET_KEY: 'another' });
    expect(finished.code).toBe(1);
    expect(plane.uploads).toEqual([]);
    expect(finished.text).not.toContain(CREDENTIALS.secretKey);
  });
});

describe('npm run sls -- remove', () => {
  it('removes, and is verified too', async () => {
    expect((await run(['deploy'])).code).toBe(0);
    const finished = await run(['remove']);
    expect(finished.text).toContain('is no longer in');
    expect(finished.code).toBe(0);
  });
});
