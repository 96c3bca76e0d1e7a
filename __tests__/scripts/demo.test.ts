import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { demoEnvironment } from '../../scripts/demo/environment';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { providerVariables } from '../../src/config/provider-variables';
import { readConfig } from '../../src/config/read-config';
import { until } from '../helpers/http';

const ROOT = path.resolve(__dirname, '../..');
let child: ChildProcess | undefined;
let output = '';

/** The npm script's command, by itself or in a shell that stays, as npm's may. */
function start(
  script: 'demo' | 'start',
  environment: Record<string, string>,
  shell?: 'in a shell',
): ChildProcess {
  output = '';
  const args = ['--import', 'tsx', `scripts/${script}/main.ts`];
  const [file, ...rest] = shell
    ? ['/bin/sh', '-c', `node ${args.join(' ')}; true`]
    : [process.execPath, ...args];
  const started = spawn(file, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  for (const stream of [started.stdout, started.stderr])
    stream.on('data', (text) => (output += String(text)));
  return started;
}

/** Ends it, and resolves with its exit status. */
function stop(): Promise<number | null> {
  return new Promise((resolve) => {
    child?.once('close', resolve);
    child?.kill('SIGTERM');
  });
}

const SETTINGS = {
  OPENAI_API_KEY: 'sk-of-somebody-0123456789',
  ANTHROPIC_API_KEYS: 'sk-ant-of-somebody',
  PROVIDERS: 'mine=https://llm.example.com/v1',
  MINE_API_KEYS: 'key-of-mine',
  MODEL_ROUTES: 'mine-*=mine',
};

describe('The demo’s environment', () => {
  it('has no setting of this machine, and every provider at the simulated one.', () => {
    const environment = demoEnvironment(
      { ...SETTINGS, PORT: '9100', HOME: '/home/me' },
      'http://127.0.0.1:1',
    );
    const { upstreams, apiKeys, providers, port } = readConfig(environment);
    expect([...upstreams.values()].filter(({ host }) => host !== '127.0.0.1:1')).toEqual([]);
    expect(providers.all).toHaveLength(providerVariables().length);
    expect([...apiKeys.values()].flat()).toEqual([]);
    expect([port, environment['HOME']]).toEqual([9100, '/home/me']);
  });
});

describe('npm run demo', () => {
  it('starts with keys in the environment, prints its command once it listens, and responds as every provider.', async () => {
    start('demo', SETTINGS);
    await until('it prints the command', () => output.includes('curl -N'), 60_000);
    const printed = output.indexOf('The proxy runs on');
    expect(output.indexOf('"msg":"listening"')).toBeGreaterThan(-1);
    expect(printed).toBeGreaterThan(output.indexOf('"msg":"listening"'));
    const url = /The proxy runs on (\S+)/.exec(output)?.[1] ?? '';
    const textOf = async (place: string, body: object, headers: Record<string, string> = {}) => {
      const response = await fetch(url + place, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer any', ...headers },
        body: JSON.stringify(body),
      });
      return response.text();
    };
    const chat = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };
    for (const { provider } of providerVariables()) {
      if (['anthropic', 'gemini', 'azure'].includes(provider.name)) continue;
      expect(await textOf(`/${provider.name}/v1/chat/completions`, chat)).toContain(SIMULATED_TEXT);
    }
    expect(await textOf('/v1/messages', { ...chat, max_tokens: 9 })).toContain(SIMULATED_TEXT);
    const content = { contents: [{ parts: [{ text: 'Hi' }] }] };
    const gemini = '/v1beta/models/gemini-demo';
    expect(await textOf(`${gemini}:generateContent`, content)).toContain(SIMULATED_TEXT);
    expect(await textOf(`${gemini}:streamGenerateContent?alt=sse`, content)).toContain(
      '"finishReason":"STOP"',
    );
    expect(await textOf('/gemini/v1/chat/completions', chat)).toContain(SIMULATED_TEXT);
    expect(await textOf('/azure/openai/deployments/d/chat/completions?api-version=1', chat)).toContain(
      SIMULATED_TEXT,
    );
    expect(await stop()).toBe(0);
  }, 90_000);
});

describe('npm start', () => {
  it('starts with a key in the environment, and ends on SIGTERM.', async () => {
    start('start', { OPENAI_API_KEY: SETTINGS.OPENAI_API_KEY });
    await until('it listens', () => output.includes('"msg":"listening"'), 60_000);
    expect(output).toContain('OPENAI_API_KEY is set here, but not used');
    expect(await stop()).toBe(0);
  }, 90_000);

  it('ends when the shell that npm started has ended.', async () => {
    start('start', {}, 'in a shell');
    await until('it listens', () => output.includes('"msg":"listening"'), 60_000);
    child?.kill('SIGTERM');
    await until('it stops', () => output.includes('"msg":"stopping"'));
  }, 90_000);
});

it('No npm script needs a shell of Unix: none has exec, bash, a variable before a command or single quotes.', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const unix = /(?:^|\s)(?:exec|bash|sh|env|export|rm|cp)\s|(?:^|&& )[A-Z_]+=|'|scf_bootstrap|\$/;
  expect(Object.entries(scripts).filter(([, command]) => unix.test(command))).toEqual([]);
});
