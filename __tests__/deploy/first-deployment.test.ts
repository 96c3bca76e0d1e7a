import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { Scene, openaiResponse, urlIn } from '../scripts/deploy/scene';

let scene: Scene;

beforeEach(async () => {
  scene = await Scene.start();
  delete scene.project.environment['ACCESS_TOKENS'];
});
afterEach(() => scene.stop());

const envFile = () => path.join(scene.project.root, '.env');
const envText = () => readFileSync(envFile(), 'utf8');
const withoutKeys = () => {
  scene.project.environment['OPENAI_API_KEYS'] = '';
  scene.project.environment['ANTHROPIC_API_KEYS'] = '';
};
const deployedTokens = () => {
  const call = scene.scf.calls.filter(({ action }) => action === 'CreateFunction').at(-1);
  return /ACCESS_TOKENS","Value":"([^"]*)/.exec(JSON.stringify(call))?.[1];
};

describe('A first deployment without access tokens', () => {
  it('makes one of at least 128 bits, saves it for its owner alone, and prints addresses that work.', async () => {
    const { status, output, errors } = await scene.deploy();
    expect([status, errors]).toEqual([0, '']);
    const token = /^Access token, also in \.env: (\S+)$/m.exec(output)?.[1] ?? '';
    expect(token).toMatch(/^[A-Za-z0-9]{22,}$/); // 5.95 bits a character
    expect(envText()).toBe(`ACCESS_TOKENS=me:${token}\n`);
    expect(statSync(envFile()).mode & 0o777).toBe(0o600);
    const url = urlIn(output);
    const base = / for clients of OpenAI's API: (\S+)\/v1$/m.exec(output)?.[1] ?? '';
    expect(base).toBe(`${url}/${token}`);
    expect(await openaiResponse(base, 'sk-any')).toBe(SIMULATED_TEXT);
    expect(await openaiResponse(url, token)).toBe(SIMULATED_TEXT);
    await expect(openaiResponse(url, 'sk-any')).rejects.toMatchObject({ status: 401 });

    const again = await scene.deploy();
    expect(again.output).toContain('Nothing changed');
    expect(again.output).not.toContain(token);
  });

  it('adds the line to .env behind all others, which stay as they are.', async () => {
    scene.project.write('.env', 'KEY_STRATEGY=affinity\nACCESS_TOKENS=');
    await scene.deploy();
    expect(envText()).toMatch(/^KEY_STRATEGY=affinity\nACCESS_TOKENS=\nACCESS_TOKENS=me:\w+\n$/);
    expect(statSync(envFile()).mode & 0o777).toBe(0o600);
    expect((await scene.deploy()).output).toContain('Nothing changed');
  });

  it('makes none with ALLOW_ANONYMOUS=true.', async () => {
    scene.project.environment['ALLOW_ANONYMOUS'] = 'true';
    const { status, output } = await scene.deploy();
    expect([status, existsSync(envFile())]).toEqual([0, false]);
    expect(output).not.toContain('token');
  });

  it('makes none if there is one in config/.', async () => {
    scene.project.write('config/tokens.yaml', 'ACCESS_TOKENS: { me: first-token-0123456789 }\n');
    const { status, output } = await scene.deploy();
    expect([status, existsSync(envFile())]).toEqual([0, false]);
    expect(await openaiResponse(urlIn(output), 'first-token-0123456789')).toBe(SIMULATED_TEXT);
  });

  it('announces it in a dry run, and saves nothing.', async () => {
    const { output, writes } = await scene.deploy('--dry-run');
    expect(output).toContain('An access token would be made and written to .env.');
    expect([writes, existsSync(envFile())]).toEqual([[], false]);
  });

  it('saves nothing if the configuration has a problem.', async () => {
    scene.project.environment['KEY_STRATEGY'] = 'random';
    expect((await scene.deploy()).status).toBe(1);
    expect([scene.scf.calls, existsSync(envFile())]).toEqual([[], false]);
  });

  it('deploys nothing if the token cannot be saved.', async () => {
    scene.project.write('.env/a-folder', '');
    const { status, errors, writes } = await scene.deploy();
    expect([status, writes]).toEqual([1, []]);
    expect(errors).toContain('could not be written to .env');
    expect(errors).toContain('Set ACCESS_TOKENS yourself');
  });

  it('prints and saves no token on a machine of CI, and keeps it in further deployments.', async () => {
    scene.project.environment['CI'] = 'true';
    const first = await scene.deploy('--json');
    const tokens = deployedTokens() ?? '';
    expect(tokens).toMatch(/^me:\w{22,}$/);
    const token = tokens.slice(3);
    expect(first.output + first.errors).not.toContain(token);
    expect(first.errors).toContain("read ACCESS_TOKENS among the function's environment variables");
    expect(existsSync(envFile())).toBe(false);

    const second = await scene.deploy();
    expect(second.output).toContain('Nothing changed');
    expect(second.output).toContain('the function keeps the tokens that it has');
    expect(await openaiResponse(urlIn(second.output), token)).toBe(SIMULATED_TEXT);
  });
});

describe('A function that anyone may use', () => {
  beforeEach(async () => {
    withoutKeys();
    scene.project.environment['ALLOW_ANONYMOUS'] = 'true';
    await scene.deploy();
    delete scene.project.environment['ALLOW_ANONYMOUS'];
  });

  it('is not closed to its clients by a later deployment, which warns of it.', async () => {
    const { status, output } = await scene.deploy();
    expect([status, existsSync(envFile())]).toEqual([0, false]);
    expect(output).toContain('Anyone who knows this URL can use the proxy');
  });

  it('gets no keys that anyone could use.', async () => {
    scene.project.environment['OPENAI_API_KEYS'] = 'sk-proj-secret-1';
    const { status, errors, writes } = await scene.deploy();
    expect([status, writes]).toEqual([1, []]);
    expect(errors).toContain('ACCESS_TOKENS must be set when the server has keys');
    expect(errors).not.toContain('secret-1');
  });
});

describe('The variables of this machine', () => {
  it('are all deployed, without a line in serverless.yml, and what is not is named.', async () => {
    scene.project.environment['HEARTBEAT_AFTER'] = '15000';
    scene.project.environment['GEMINI_API_KEY'] = 'AIza-of-somebody-0123456789';
    scene.project.write('.env', 'ACCESS_TOKENS=me:first-token-0123456789\nGROQ_API_KEYS=gsk_1\nFOO=1\n');
    const { output } = await scene.deploy('--dry-run');
    expect(output).toMatch(/variables [^;]*GROQ_API_KEYS/);
    expect(output).toMatch(/variables [^;]*HEARTBEAT_AFTER/);
    expect(output).toContain(
      'Set here but not deployed: GEMINI_API_KEY (to deploy it, name it GEMINI_API_KEYS), FOO (not a variable of this proxy).\n',
    );
  });

  it('are not deployed while a name in .env is misspelt.', async () => {
    scene.project.write('.env', 'ACESS_TOKENS=me:first-token-0123456789\n');
    const { status, errors, calls } = await scene.deploy();
    expect([status, calls]).toEqual([1, []]);
    expect(errors).toContain('Did you mean ACCESS_TOKENS?');
  });
});
