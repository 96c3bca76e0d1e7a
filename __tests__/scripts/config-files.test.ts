import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildScf } from '../../scripts/build/build';
import { readConfigFiles } from '../../scripts/build/config-files';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { send } from '../helpers/http';
import { startBundle } from '../helpers/proxies';

const ROOT = path.resolve(__dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text);

describe('readConfigFiles', () => {
  it('reads tables of every form', () => {
    write(
      'a.yaml',
      'ACCESS_TOKENS: { laptop: tok-1-0123456789, phone: tok-2-0123456789 }\nOPENAI_API_KEYS:\n  - sk-a\n  - sk-b*3\nTIMEOUT: 5000\nALLOW_ANONYMOUS: false\n',
    );
    write('b.json', '{"ANTHROPIC_API_KEYS": "sk-ant-1|sk-ant-2"}');
    write('README.md', 'not a configuration');
    expect(readConfigFiles(folder)).toEqual({
      ACCESS_TOKENS: 'laptop:tok-1-0123456789,phone:tok-2-0123456789',
      OPENAI_API_KEYS: 'sk-a,sk-b*3',
      TIMEOUT: '5000',
      ALLOW_ANONYMOUS: 'false',
      ANTHROPIC_API_KEYS: 'sk-ant-1|sk-ant-2',
    });
  });

  it('is empty without a folder, and for an empty file', () => {
    write('a.yaml', '');
    expect(readConfigFiles(folder)).toEqual({});
    expect(readConfigFiles(path.join(folder, 'none'))).toEqual({});
  });

  it.each([
    ['- a list', /config\/a\.yaml must be a table/],
    ['TIMEOUT: 5', /config\/b\.json sets TIMEOUT, which another file/],
  ])('rejects %j', (text, message) => {
    write('a.yaml', text);
    write('b.json', '{"TIMEOUT": 7}');
    expect(() => readConfigFiles(folder)).toThrow(message);
  });
});

describe('the build', () => {
  it('puts the files into the bundle, and the environment overrides them', async () => {
    const upstream = await startFakeUpstream();
    write(
      'team.yaml',
      `ACCESS_TOKENS: { laptop: tok-from-file-0123456789 }\nOPENAI_API_KEYS: [sk-from-file]\nOPENAI_UPSTREAM: ${upstream.origin}\n`,
    );
    write('rules.yaml', 'REQUEST_RULES:\n  - { name: low, token: laptop, max-tokens: 5 }\n');
    const target = path.join(folder, 'out');
    await buildScf(target, folder);
    const bundle = await startBundle({}, [path.join(target, 'scf_bootstrap')]);
    const ask = (url: string, token: string) =>
      send(url, '/v1/models', { headers: { authorization: `Bearer ${token}` } });
    expect((await ask(bundle.url, 'tok-from-file-0123456789')).status).toBe(200);
    expect(upstream.seen[0]?.headers.authorization).toBe('Bearer sk-from-file');
    const headers = { authorization: 'Bearer tok-from-file-0123456789', 'content-type': 'application/json' };
    const chat = await send(bundle.url, '/v1/responses', { headers, body: '{"max_output_tokens":6}' });
    expect(chat.headers['x-proxy-transformed']).toBe('low');
    expect(upstream.seen.at(-1)?.body.toString()).toBe('{"max_output_tokens":5}');
    await bundle.stop();
    const other = await startBundle({ ACCESS_TOKENS: 'laptop:tok-from-environment' }, [
      path.join(target, 'scf_bootstrap'),
    ]);
    expect((await ask(other.url, 'tok-from-file-0123456789')).status).toBe(401);
    expect((await ask(other.url, 'tok-from-environment')).status).toBe(200);
    await other.stop();
    await upstream.close();
  });

  it('stops at an error in them, and writes no bundle', async () => {
    write('team.yaml', 'OPENAI_API_KEYS: [sk a]\nTIMOUT: 7\n');
    await expect(buildScf(path.join(folder, 'out'), folder)).rejects.toThrow(
      /TIMOUT in the configuration file.*\n.*OPENAI_API_KEYS must be/,
    );
  });
});

describe('npm run config', () => {
  it('prints what is in effect, and no secret', () => {
    const secrets = {
      ACCESS_TOKENS: 'laptop:planted-1-0123456789',
      OPENAI_API_KEYS: 'planted-2|planted-3',
      ADMIN_TOKEN: 'planted-4-0123456789',
      REDIS_URL: 'redis://user:planted-5@127.0.0.1',
    };
    const run = spawnSync(path.join(ROOT, 'node_modules/.bin/tsx'), ['scripts/config/main.ts'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], TIMEOUT: '5000', ...secrets },
      encoding: 'utf8',
    });
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/^TIMEOUT +5000 {2}\(environment\)$/m);
    expect(run.stdout).toMatch(/^PORT +9000 {2}\(default\)$/m);
    expect(run.stdout).toMatch(/^OPENAI_API_KEYS +\(2 set, not shown\) {2}\(environment\)$/m);
    expect(run.stdout + run.stderr).not.toContain('planted');
  });

  it('prints no password of a URL, and no key, in a variable that should have none', () => {
    const run = spawnSync(path.join(ROOT, 'node_modules/.bin/tsx'), ['scripts/config/main.ts'], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        OPENAI_UPSTREAM: 'https://user:planted-1@gateway.example/v1',
        GEMINI_UPSTREAM: 'https://user:pla/nted@planted-2@gateway.example/?key=planted-3',
        PROVIDERS: 'a1=https://user:planted-4@a.example/v1,b1=https://user:planted-5@b.example/v1',
        DEFAULT_PROVIDER: 'sk-proj-planted-0123456789',
      },
      encoding: 'utf8',
    });
    expect(run.status).toBe(1);
    expect(run.stdout).toMatch(/^OPENAI_UPSTREAM +https:\/\/\[redacted\]@gateway\.example\/v1 /m);
    expect(run.stdout + run.stderr).not.toMatch(/planted|nted@/);
  });

  it('prints what may be wrong, and does not fail', () => {
    const run = spawnSync(path.join(ROOT, 'node_modules/.bin/tsx'), ['scripts/config/main.ts'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], PROVIDERS: 'mine=https://llm.example.com' },
      encoding: 'utf8',
    });
    expect(run.status).toBe(0);
    expect(run.stderr).toMatch(/^\nWarning: PROVIDERS has an entry, mine, whose base URL has no version/);
  });

  it('prints every problem, and fails', () => {
    const run = spawnSync(path.join(ROOT, 'node_modules/.bin/tsx'), ['scripts/config/main.ts'], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], TIMEOUT: 'x', CORS_ORIGIN: 'y' },
      encoding: 'utf8',
    });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/CORS_ORIGIN is not.*\n\nProblem: TIMEOUT must be/);
  });
});

it('nothing of a configuration file is ever committed', () => {
  expect(readFileSync(path.join(ROOT, '.gitignore'), 'utf8')).toMatch(/^config\/\*$/m);
});
