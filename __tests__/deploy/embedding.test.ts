import { execFile, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send } from '../helpers/http';

const run = promisify(execFile);

const ROOT = path.resolve(__dirname, '../..');
const TESTS = path.join(ROOT, '__tests__/node_modules');

/** A fresh project beside this one, into which the package is installed without a network. */
const project = mkdtempSync(path.join(tmpdir(), 'embedding-'));
const modules = path.join(project, 'node_modules');
let packed: readonly string[] = [];
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
  // As `npm pack` is run by hand: it builds what it packs.
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: ROOT });
  const [tarball] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  packed = tarball?.files.map(({ path: file }) => file) ?? [];
  writeFileSync(path.join(project, 'package.json'), '{"name":"fresh","version":"1.0.0","private":true}');
  const install = ['install', '--offline', '--no-audit', '--no-fund', `./${tarball?.filename ?? ''}`];
  await run('npm', install, {
    cwd: project,
    env: {
      ...process.env,
      npm_config_registry: 'http://127.0.0.1:1',
      npm_config_cache: path.join(project, 'cache'),
    },
  });
  // What a project of this kind has beside it.
  mkdirSync(path.join(modules, '@types'), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules/express'), path.join(modules, 'express'));
  symlinkSync(path.join(TESTS, '@types/node'), path.join(modules, '@types/node'));
}, 120_000);
afterAll(async () => {
  await upstream.close();
  rmSync(project, { recursive: true });
});

const BEFORE = `
const PORT = (server) => console.log(JSON.stringify({ port: server.address().port }));
const env = { OPENAI_UPSTREAM: process.argv[2] };
const log = () => {};
process.stdin.resume();
`;
/** Everything ends by itself; a process that does not has something of the proxy left in it. */
const AFTER = `
server.listen(0, '127.0.0.1', () => PORT(server));
process.stdin.once('end', async () => {
  await proxy.close();
  server.close();
  server.closeIdleConnections();
});
`;

/** Starts a program of the project, and ends it as it ends by itself. */
async function withProgram(
  name: string,
  source: string,
  test: (url: string) => Promise<void>,
): Promise<number | null> {
  writeFileSync(path.join(project, name), source);
  const child = spawn(process.execPath, [name, upstream.origin], {
    cwd: project,
    env: { PATH: process.env['PATH'] },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', (line) => {
        resolve((JSON.parse(line) as { port: number }).port);
      });
      void exited.then((code) => reject(new Error(`${name} ended with ${String(code)}`)));
    });
    await test(`http://127.0.0.1:${port}`);
    child.stdin.end();
    return await exited;
  } finally {
    child.kill('SIGKILL');
  }
}

const CHAT = { headers: OPENAI_HEADERS, body: '{"model":"m","stream":true,"messages":[]}' };

it('The package has the bundle, its types and its licences, nothing of anybody’s configuration, and needs no other package.', () => {
  expect([...packed].sort()).toEqual([
    'LICENSE',
    'README.md',
    'README.zh-CN.md',
    'dist/embed/THIRD-PARTY-LICENSES',
    'dist/embed/index.d.ts',
    'dist/embed/index.js',
    'package.json',
  ]);
  expect(
    readdirSync(modules)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['@types', 'express', 'scf-llm-proxy']);
  const read = (file: string) => readFileSync(path.join(modules, 'scf-llm-proxy', file), 'utf8');
  expect(read('dist/embed/index.d.ts')).toBe(
    readFileSync(path.join(ROOT, 'scripts/build/published-types.d.ts'), 'utf8'),
  );
});

it('From CommonJS it serves a server of node:http, and the process ends by itself after close.', async () => {
  const source = `${BEFORE}
    const { createServer } = require('node:http');
    const { createHandler } = require('scf-llm-proxy');
    const proxy = createHandler({ env, log });
    const server = createServer(proxy.listener).on('upgrade', proxy.upgrade);
    ${AFTER}`;
  const code = await withProgram('main.cjs', source, async (url) => {
    const stream = await send(url, '/v1/chat/completions', CHAT);
    expect([stream.status, stream.headers['content-type'], stream.complete]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      true,
    ]);
    expect(stream.body.toString()).toMatch(/^data: \{[^]*data: \[DONE\]\n\n$/);
    expect(JSON.parse((await send(url, '/-/ready')).body.toString())).toEqual({ status: 'ready' });
  });
  expect(code).toBe(0);
}, 60_000);

it('From an ES module it serves a path of an Express app, next to other routes.', async () => {
  const source = `
    import express from 'express';
    import { ConfigError, createHandler } from 'scf-llm-proxy';
    ${BEFORE}
    const proxy = createHandler({ env, log });
    const late = createHandler({ env, log });
    const app = express();
    app.get('/hello', (request, response) => response.send('hello'));
    app.use('/llm', proxy.listener);
    app.use(express.json());
    app.use('/too-late', late.listener);
    app.post('/echo', (request, response) => response.json(request.body));
    try {
      createHandler({ env: { TIMEOUT: 'soon' } });
    } catch (error) {
      app.get('/problems', (request, response) => response.json(error instanceof ConfigError && error.problems));
    }
    const server = app.listen(0, '127.0.0.1', () => PORT(server));
    server.on('upgrade', proxy.upgrade);
    process.stdin.once('end', async () => {
      await Promise.all([proxy.close(), late.close()]);
      server.close();
      server.closeIdleConnections();
    });`;
  const code = await withProgram('main.mjs', source, async (url) => {
    const stream = await send(url, '/llm/v1/chat/completions', CHAT);
    expect([stream.status, stream.complete]).toEqual([200, true]);
    expect(upstream.seen.at(-1)?.url).toBe('/v1/chat/completions');
    expect(upstream.seen.at(-1)?.body.toString()).toBe(CHAT.body);
    expect((await send(url, '/hello')).body.toString()).toBe('hello');
    expect((await send(url, '/echo', CHAT)).body.toString()).toBe(CHAT.body);
    expect((await send(url, '/llm/')).body.toString()).toContain(`<span data-base>${url}/llm</span>/v1`);
    expect((await send(url, '/problems')).body.toString()).toContain('TIMEOUT must be');
    const late = await send(url, '/too-late/v1/chat/completions', CHAT);
    expect([late.status, late.headers['x-proxy-error']]).toEqual([500, 'body-already-read']);
    // Unknown paths below the mount are the proxy's, and others the app's.
    expect((await send(url, '/llm/-/nothing')).headers['x-proxy-error']).toBe('not-found');
    expect((await send(url, '/nothing')).headers['x-proxy-error']).toBeUndefined();
  });
  expect(code).toBe(0);
}, 60_000);

const TYPED = `
import { createServer } from 'node:http';
import { ConfigError, createHandler, type Handler, type HandlerOptions } from 'scf-llm-proxy';

const options: HandlerOptions = { env: process.env, log: (line: string) => process.stdout.write(line) };
const proxy: Handler = createHandler(options);
const server = createServer(proxy.listener).on('upgrade', proxy.upgrade);
const closed: Promise<void> = proxy.close();
export const problems = (error: unknown): readonly string[] => (error instanceof ConfigError ? error.problems : []);
// @ts-expect-error -- variables are texts
createHandler({ env: { PORT: 9000 } });
// @ts-expect-error -- env is required
createHandler({});
export { closed, server };
`;

it.each([
  ['ES modules and CommonJS', ['main.mts', 'main.cts'], 'nodenext', 'nodenext'],
  ['a bundler', ['bundled.ts'], 'preserve', 'bundler'],
])(
  'Its types compile with strict TypeScript for %s.',
  async (_what, files, module, resolution) => {
    for (const file of files) writeFileSync(path.join(project, file), TYPED);
    const options = [
      ...['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--types', 'node'],
      ...['--module', module, '--moduleResolution', resolution],
    ];
    const tsc = path.join(TESTS, 'typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, ...options, ...files], { cwd: project }).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  },
  180_000,
);
