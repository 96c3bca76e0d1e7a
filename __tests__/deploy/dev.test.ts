import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { until } from '../helpers/http';

const ROOT = path.resolve(__dirname, '../..');

/** What `npm run dev` starts, in a copy of the sources, as the leader of a process group of its own. */
interface Dev {
  readonly folder: string;
  readonly url: string;
  readonly output: () => string;
  readonly process: ChildProcess;
  readonly exited: Promise<number | null>;
}

let dev: Dev;

async function startDev(): Promise<Dev> {
  const folder = mkdtempSync(path.join(tmpdir(), 'dev-test-'));
  for (const name of ['src', 'scripts', 'package.json', 'tsconfig.json']) {
    const filter = (file: string) => !file.includes('node_modules');
    cpSync(path.join(ROOT, name), path.join(folder, name), { recursive: true, filter });
  }
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/dev/main.ts'], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { folder, url: `http://localhost:${port}`, output: () => output, process: child, exited };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const groupId = () => dev.process.pid ?? 0;

function groupLives(): boolean {
  try {
    process.kill(-groupId(), 0);
    return true;
  } catch {
    return false;
  }
}

const starts = () => dev.output().match(/"msg":"listening"/g)?.length ?? 0;

async function version(): Promise<unknown> {
  const response = await fetch(`${dev.url}/-/health`);
  return ((await response.json()) as { version: unknown }).version;
}

/** The file of the sources that says which version this is, wherever it stands. */
function versionFile(): string {
  const src = path.join(dev.folder, 'src');
  const name = readdirSync(src, { recursive: true, encoding: 'utf8' }).find(
    (one) => path.basename(one) === 'version.ts',
  );
  return path.join(src, name ?? '');
}

describe('npm run dev', () => {
  beforeEach(async () => {
    dev = await startDev();
  });
  afterEach(async () => {
    if (groupLives()) process.kill(-groupId(), 'SIGKILL');
    await dev.exited;
    rmSync(dev.folder, { recursive: true });
  });

  it('serves the sources in front of a simulated provider, restarts on a change, and leaves no process running.', async () => {
    await until('it listens', () => starts() === 1, 30_000);
    expect(dev.output()).toContain(`${dev.url} in front of a simulated provider`);
    const [, command = ''] = /^(curl .*)$/m.exec(dev.output()) ?? [];
    const body = /-d '(.*)'$/.exec(command)?.[1] ?? '';
    const response = await fetch(`${dev.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
      body,
    });
    const words = [...(await response.text()).matchAll(/"content":"([^"]*)"/g)].map(([, word]) => word);
    expect(words.join('')).toBe(SIMULATED_TEXT);

    const before = readFileSync(versionFile(), 'utf8');
    writeFileSync(versionFile(), before.replace('VERSION = version', "VERSION = 'changed'"));
    await until('it has restarted', () => starts() === 2, 30_000);
    expect(await version()).toBe('changed');

    dev.process.kill('SIGTERM');
    await dev.exited;
    await until('no process is left', () => !groupLives());
  });

  it('survives a source that does not compile, and ends on Ctrl-C, which reaches all its processes.', async () => {
    await until('it listens', () => starts() === 1, 30_000);
    const before = readFileSync(versionFile(), 'utf8');
    writeFileSync(versionFile(), 'export const = ;');
    await until('the mistake is reported', () => dev.output().includes('version.ts'), 30_000);
    writeFileSync(versionFile(), before);
    await until('it has restarted', () => starts() === 2, 30_000);
    process.kill(-groupId(), 'SIGINT');
    await dev.exited;
    await until('no process is left', () => !groupLives());
    expect(dev.output()).not.toMatch(/Force killing|^ +at /m);
  });
});

it('The script "dev" of package.json is what these tests start.', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  expect(scripts['dev']).toBe('tsx scripts/dev/main.ts');
});
