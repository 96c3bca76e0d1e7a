import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { VERSION } from '../../../src/app/version';
import { codeCacheFile } from '../../../src/entry/code-cache';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { BOOTSTRAP, WEB_FILES } from '../../helpers/built-bundles';
import { startBundle } from '../../helpers/proxies';

const DIST = path.dirname(BOOTSTRAP);
const CACHE = path.basename(codeCacheFile(path.join(DIST, 'index.js')));
let upstream: FakeUpstream;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());

const environment = () => ({ OPENAI_UPSTREAM: upstream.origin, ANTHROPIC_UPSTREAM: upstream.origin });

describe('The built web function', () => {
  it('contains SCF’s start file, the bundle, its licences, and its code cache’s loader', () => {
    expect(readdirSync(DIST).sort()).toEqual([...WEB_FILES, CACHE].sort());
    expect(statSync(BOOTSTRAP).mode & 0o777).toBe(0o755);
    const text = readFileSync(BOOTSTRAP, 'utf8');
    expect(text).toMatch(/^#!\/bin\/bash\n/);
    expect(text).not.toContain('\r');
    expect(text).toContain('/var/lang/node');
  });

  it('stays within 520 KB', () => {
    expect(statSync(path.join(DIST, 'index.js')).size).toBeLessThanOrEqual(520 * 1024);
  });

  it('runs in another, read-only folder without other files', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'scf-user-'));
    cpSync(DIST, folder, { recursive: true });
    for (const name of readdirSync(folder)) chmodSync(path.join(folder, name), 0o555);
    chmodSync(folder, 0o555);
    const bundle = await startBundle(environment(), [path.join(folder, 'scf_bootstrap')]);
    const reply = await send(bundle.url, '/v1/chat/completions', {
      headers: OPENAI_HEADERS,
      body: '{"model":"m","messages":[]}',
    });
    const page = await send(bundle.url, '/');
    await bundle.stop();
    expect(reply.status).toBe(200);
    expect(page.status).toBe(200);
    expect(readdirSync(folder).sort()).toEqual([...WEB_FILES, CACHE].sort());
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });

  it('loads rarely used code on demand: a rejected key is recognised in a compressed response', async () => {
    const bundle = await startBundle({
      ...environment(),
      OPENAI_API_KEYS: 'sk-dead-0123456789,sk-good-0123456789',
      ALLOW_ANONYMOUS: 'true',
    });
    upstream.respond((request, response) => {
      if (request.headers.authorization?.includes('sk-good')) return response.end('{"ok":true}');
      const type = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
      return response
        .writeHead(401, type)
        .end(gzipSync('{"error":{"code":"invalid_api_key","message":"Incorrect API key provided."}}'));
    });
    const replies = [await send(bundle.url, '/v1/models'), await send(bundle.url, '/v1/models')];
    await bundle.stop();
    expect(replies.map(({ status, body }) => [status, body.toString()])).toEqual([
      [200, '{"ok":true}'],
      [200, '{"ok":true}'],
    ]);
  });

  it('reports every problem of its configuration at once, without values, and does not start', () => {
    const run = spawnSync(BOOTSTRAP, {
      env: {
        PATH: process.env['PATH'],
        PORT: 'secret-1',
        OPENAI_UPSTREAM: 'secret-2',
        CORS_ORIGIN: 'secret-3',
      },
      encoding: 'utf8',
    });
    expect(run.status).toBe(1);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(
      /CORS_ORIGIN is not .*CORS_ORIGINS.*\n.*PORT must be .*\n.*OPENAI_UPSTREAM must be /,
    );
    expect(run.stderr).not.toContain('secret-');
  });

  it('reports that its port is in use', async () => {
    const first = await startBundle(environment());
    const run = spawnSync(BOOTSTRAP, {
      env: { PATH: process.env['PATH'], PORT: String(first.port) },
      encoding: 'utf8',
    });
    await first.stop();
    expect(run.status).toBe(1);
    expect(run.stderr).toBe(`Cannot listen on port ${first.port} (EADDRINUSE). Set PORT to a free one.\n`);
  });
});

it('The bundle reports its version and its commit at /-/health and in the log line `listening`.', async () => {
  const bundle = await startBundle(environment());
  const health = await send(bundle.url, '/-/health');
  await bundle.stop();
  const release = {
    version: VERSION,
    commit: expect.stringMatching(/^(?:[0-9a-f]{12}(?:-dirty)?|unknown)$/) as string,
  };
  const reported = JSON.parse(health.body.toString()) as { commit: string };
  expect(reported).toMatchObject(release);
  expect(bundle.log[0]).toMatchObject({ msg: 'listening', version: VERSION, commit: reported.commit });
});

describe('SIGTERM', () => {
  /** Opens a stream whose upstream ends it on request. */
  async function openStream(url: string) {
    let finish: () => void = () => undefined;
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      finish = () => response.end('data: [DONE]\n\n');
    });
    const { hostname, port } = new URL(url);
    const agent = new http.Agent({ keepAlive: true });
    const request = http.request({
      hostname,
      port,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: OPENAI_HEADERS,
      agent,
    });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      request.on('response', resolve).end('{}'),
    );
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const closed = new Promise<void>((resolve) => response.on('close', resolve).on('error', () => undefined));
    await until('the stream runs', () => text !== '');
    return {
      finish: () => {
        finish();
      },
      closed,
      text: () => text,
      complete: () => response.complete,
    };
  }

  it('lets a running stream finish, accepts no new connection, and exits with 0', async () => {
    const bundle = await startBundle(environment());
    const stream = await openStream(bundle.url);
    bundle.process.kill('SIGTERM');
    await until('it stops', () => bundle.log.some((line) => line['msg'] === 'stopping'));
    await expect(send(bundle.url, '/-/health')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    stream.finish();
    await stream.closed;
    expect(stream.text()).toBe('data: 1\n\ndata: [DONE]\n\n');
    expect(stream.complete()).toBe(true);
    expect(await bundle.exited).toBe(0);
    expect(bundle.log[bundle.log.length - 1]).toMatchObject({ msg: 'request', outcome: 'complete' });
  });

  it('ends requests after the grace period with an error of the protocol, and exits with 0', async () => {
    const bundle = await startBundle({ ...environment(), SHUTDOWN_GRACE: '100' });
    const stream = await openStream(bundle.url);
    bundle.process.kill('SIGTERM');
    await stream.closed;
    expect(stream.text()).toMatch(/^data: 1\n\ndata: \{"error":.*"code":"shutting-down"\}\}\n\n$/);
    expect(stream.complete()).toBe(false);
    expect(await bundle.exited).toBe(0);
  });

  it('ends an idle instance at once, with or without keep-alive connections', async () => {
    const bundle = await startBundle(environment());
    const agent = new http.Agent({ keepAlive: true });
    await send(bundle.url, '/-/health', { agent });
    bundle.process.kill('SIGTERM');
    expect(await bundle.exited).toBe(0);
    agent.destroy();
  });
});
