import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFakeUpstream, type FakeUpstream } from '../../../scripts/fakes/fake-upstream';
import { BOOTSTRAP } from '../../helpers/built-bundles';
import { OPENAI_HEADERS, send, until } from '../../helpers/http';
import { startBundle, type LogLine, type RunningBundle } from '../../helpers/proxies';

const TAKEN = 'configuration taken over';
const REJECTED = 'the configuration file has problems; the configuration stays as it was';

let upstream: FakeUpstream;
let folder: string;
let file: string;
let bundle: RunningBundle | undefined;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(() => {
  upstream.respond(respond);
  folder = mkdtempSync(path.join(tmpdir(), 'config-file-'));
  file = path.join(folder, 'proxy.yaml');
});
afterEach(async () => {
  await bundle?.stop();
  bundle = undefined;
  rmSync(folder, { recursive: true });
});

const respond = (_request: unknown, response: http.ServerResponse) => response.end('{}');

const tokenOf = (name: string) => `token-${name}-0123456789`;

/** A whole file with one key, one access token, and more lines. */
function text(key: string, token: string, ...more: string[]): string {
  return [
    `OPENAI_UPSTREAM: ${upstream.origin}`,
    `OPENAI_API_KEYS: [sk-${key}-0123456789]`,
    `ACCESS_TOKENS: { ${token}: ${tokenOf(token)} }`,
    ...more,
    '',
  ].join('\n');
}

async function start(environment: Record<string, string> = {}, path = file): Promise<RunningBundle> {
  bundle = await startBundle({ CONFIG_FILE: path, ...environment });
  return bundle;
}

const lines = (message: string): LogLine[] => (bundle?.log ?? []).filter(({ msg }) => msg === message);

/** Waits for the next lines with a message, beyond those that were there. */
async function next(message: string, change: () => void): Promise<LogLine> {
  const before = lines(message).length;
  change();
  await until(`the line "${message}"`, () => lines(message).length > before);
  return lines(message)[before] ?? {};
}

/** Whether a token is accepted, and the key that its request was sent with. */
async function request(token: string): Promise<[status: number, key: string | undefined]> {
  const headers = { authorization: `Bearer ${tokenOf(token)}` };
  const before = upstream.seen.length;
  const { status } = await send(bundle?.url ?? '', '/v1/models', { headers });
  return [status, upstream.seen[before]?.headers.authorization];
}

/** Opens a stream whose upstream ends it on request. */
async function openStream(token: string) {
  let finish: () => void = () => undefined;
  upstream.respond((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    finish = () => response.end('data: [DONE]\n\n');
  });
  const headers = { ...OPENAI_HEADERS, authorization: `Bearer ${tokenOf(token)}` };
  const sent = http.request(`${bundle?.url ?? ''}/v1/chat/completions`, { method: 'POST', headers });
  const response = await new Promise<http.IncomingMessage>((resolve) =>
    sent.on('response', resolve).end('{"model":"m","stream":true}'),
  );
  let received = '';
  response.on('data', (chunk: Buffer) => (received += chunk.toString()));
  await until('the stream runs', () => received !== '');
  upstream.respond(respond);
  const closed = new Promise<void>((resolve) => response.on('close', resolve));
  return {
    finish: () => {
      finish();
    },
    closed,
    received: () => received,
  };
}

describe('CONFIG_FILE', () => {
  it('is taken over while a stream runs, which ends as it began, and its names are logged without a value', async () => {
    writeFileSync(file, text('old', 'laptop'));
    await start();
    expect(await request('laptop')).toEqual([200, 'Bearer sk-old-0123456789']);
    const stream = await openStream('laptop');
    const line = await next(TAKEN, () => {
      writeFileSync(file, text('new', 'phone', 'WEBSOCKETS: off', 'SHUTDOWN_GRACE: 0'));
    });
    expect(line).toMatchObject({
      level: 'info',
      changed: ['OPENAI_API_KEYS', 'ACCESS_TOKENS', 'SHUTDOWN_GRACE'],
      need_restart: ['WEBSOCKETS'],
    });
    expect(await request('laptop')).toEqual([401, undefined]);
    expect(await request('phone')).toEqual([200, 'Bearer sk-new-0123456789']);
    stream.finish();
    await stream.closed;
    expect(stream.received()).toBe('data: 1\n\ndata: [DONE]\n\n');
    expect(bundle?.stdout()).not.toMatch(/sk-(?:old|new)-|token-(?:laptop|phone)-/);
  });

  it('with problems changes nothing: one line names all of them, and no value', async () => {
    writeFileSync(file, text('old', 'laptop'));
    await start();
    const line = await next(REJECTED, () => {
      writeFileSync(
        file,
        text('new', 'phone', 'TIMEOUT: secret-1', 'TIMOUT: secret-2', 'OPENAI_API_KEY: secret 3'),
      );
    });
    expect(line).toMatchObject({ level: 'error' });
    expect(line['problems']).toEqual([
      expect.stringMatching(/^TIMOUT in the configuration file is not .* TIMEOUT\?/),
      expect.stringMatching(/^TIMEOUT must be /),
    ]);
    expect(bundle?.stdout()).not.toContain('secret');
    expect(await request('laptop')).toEqual([200, 'Bearer sk-old-0123456789']);
    rmSync(file);
    await until('the file is missed', () => lines(REJECTED).length === 2);
    expect(lines(REJECTED)[1]?.['problems']).toEqual([expect.stringContaining('cannot be read (ENOENT)')]);
    expect(await request('laptop')).toEqual([200, 'Bearer sk-old-0123456789']);
    await next(TAKEN, () => {
      writeFileSync(file, text('good', 'tablet'));
    });
    expect(await request('tablet')).toEqual([200, 'Bearer sk-good-0123456789']);
  });

  it('is followed when an editor renames a new file to it, and when Kubernetes changes a link in its path', async () => {
    for (const version of ['v1', 'v2']) {
      mkdirSync(path.join(folder, version));
      writeFileSync(path.join(folder, version, 'proxy.yaml'), text(version, version));
    }
    symlinkSync('v1', path.join(folder, '..data'));
    symlinkSync('..data/proxy.yaml', file);
    await start();
    expect(await request('v1')).toEqual([200, 'Bearer sk-v1-0123456789']);
    await next(TAKEN, () => {
      symlinkSync('v2', path.join(folder, '..data_tmp'));
      renameSync(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
    });
    expect(await request('v2')).toEqual([200, 'Bearer sk-v2-0123456789']);
    await next(TAKEN, () => {
      writeFileSync(path.join(folder, '.proxy.yaml.swp'), text('v3', 'v3'));
      renameSync(path.join(folder, '.proxy.yaml.swp'), file);
    });
    expect(await request('v3')).toEqual([200, 'Bearer sk-v3-0123456789']);
  });

  it('that changes rapidly ends with its last content', async () => {
    writeFileSync(file, text('k0', 'laptop'));
    await start();
    for (let at = 1; at <= 20; at++) {
      writeFileSync(file, ''); // as an editor that empties it first
      writeFileSync(file, text(`k${at}`, 'laptop'));
      expect((await request('laptop'))[0]).toBe(200);
    }
    while ((await request('laptop'))[1] !== 'Bearer sk-k20-0123456789')
      await new Promise((resolve) => bundle?.process.stdout?.once('data', resolve));
    expect(lines(REJECTED)).toEqual([]);
    expect(lines(TAKEN).length).toBeLessThan(20);
  });

  it('yields to the environment, and is read again on SIGHUP', async () => {
    writeFileSync(file, text('old', 'laptop'));
    await start({ OPENAI_API_KEYS: 'sk-environment-0123456789' });
    const line = await next(TAKEN, () => {
      writeFileSync(file, text('new', 'laptop'));
    });
    expect(line['changed']).toEqual([]);
    expect(await request('laptop')).toEqual([200, 'Bearer sk-environment-0123456789']);
    expect(await next(TAKEN, () => bundle?.process.kill('SIGHUP'))).toMatchObject({ changed: [] });
  });

  it('that changes does not bring a refused key back', async () => {
    writeFileSync(file, text('a', 'laptop').replace('[sk-a-', '[sk-dead-0123456789, sk-a-'));
    await start({ ADMIN_TOKEN: 'admin-0123456789-abc' });
    upstream.respond((inbound, response) => {
      if (inbound.headers.authorization?.includes('sk-dead') !== true) return response.end('{}');
      return response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"error":{"code":"invalid_api_key","message":"Incorrect API key provided."}}');
    });
    await request('laptop');
    await request('laptop');
    const dead = () =>
      upstream.seen.filter(({ headers }) => headers.authorization?.includes('sk-dead')).length;
    expect(dead()).toBe(1);
    await next(TAKEN, () => {
      writeFileSync(file, text('b', 'laptop').replace('[sk-b-', '[sk-dead-0123456789, sk-b-'));
    });
    await request('laptop');
    await request('laptop');
    expect(dead()).toBe(1);
  });

  it.each([
    ['does not exist', undefined, /CONFIG_FILE names a file that cannot be read \(ENOENT\)/],
    ['is not YAML', 'A: "secret-1', /CONFIG_FILE is not valid YAML at line 1/],
    ['has a wrong value', 'TIMEOUT: secret-1\nPORT: secret-2', /PORT must be .*\n.*TIMEOUT must be/],
  ])('that %s stops the start, and no value is printed', (_what, content, message) => {
    if (content !== undefined) writeFileSync(file, content);
    const run = spawnSync(BOOTSTRAP, {
      env: { PATH: process.env['PATH'], CONFIG_FILE: file },
      encoding: 'utf8',
    });
    expect([run.status, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain('secret');
  });

  it('is refused on SCF', () => {
    const env = { PATH: process.env['PATH'], CONFIG_FILE: file, TENCENTCLOUD_RUNENV: 'SCF' };
    const run = spawnSync(BOOTSTRAP, { env, encoding: 'utf8' });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/CONFIG_FILE cannot be used on SCF.*Put its variables into config/);
  });
});
