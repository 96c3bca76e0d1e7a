import { readFileSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import path from 'node:path';
import { scf } from 'tencentcloud-sdk-nodejs-scf';
import type { GetFunctionResponse } from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import { ZipFile } from 'yazl';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { OPENAI_HEADERS, send, until } from '../helpers/http';
import { startLocalScf, type LocalScf, type LocalScfOptions } from '../../scripts/local-scf';
import { BOOTSTRAP } from '../helpers/built-bundles';

const REGION = 'ap-singapore';
const NAME = 'proxy';
const { Client } = scf.v20180416;
type Client = InstanceType<typeof Client>;

let local: LocalScf;
let client: Client;

async function start(options: LocalScfOptions = {}): Promise<void> {
  local = await startLocalScf(options);
  client = clientOf(local);
}
afterEach(() => local.close());

function clientOf({ endpoint, credentials }: LocalScf, secretKey = credentials.secretKey): Client {
  return new Client({
    credential: { secretId: credentials.secretId, secretKey },
    region: REGION,
    profile: { httpProfile: { protocol: 'http://', endpoint } },
  });
}

type ZipEntry = [name: string, content: string | Buffer, mode: number];

/** Without `exec`, so that the shell stays above it: signals must reach the process below. */
const BOOTSTRAP_FILE: ZipEntry = ['scf_bootstrap', '#!/bin/bash\nnode "$PWD/index.js"\n', 0o755];

/** A small function that reports its environment. */
function probe(version: string): Promise<string> {
  const source = `
    const http = require('node:http');
    http.createServer((request, response) => {
      if (request.url === '/silent') return;
      if (request.url === '/half') return response.write('half'), setTimeout(() => request.socket.destroy(), 20);
      if (request.url === '/big-headers') response.setHeader('x-big', 'x'.repeat(4096));
      if (request.url === '/large') return response.end(Buffer.alloc(6 * 1_048_576 + 1));
      if (request.url === '/slow') {
        response.write('first');
        return setTimeout(() => response.end('last'), 300);
      }
      request.resume().on('end', () => response.end(JSON.stringify({
        version: ${JSON.stringify(version)}, pid: process.pid, folder: __dirname,
        environment: process.env, headers: request.headers,
      })));
    }).listen(process.env.PORT);
  `;
  return zip([BOOTSTRAP_FILE, ['index.js', source, 0o644]]);
}

async function builtBundle(): Promise<string> {
  const folder = path.dirname(BOOTSTRAP);
  return zip([
    ['scf_bootstrap', await readFile(BOOTSTRAP), 0o755],
    ['start.js', await readFile(path.join(folder, 'start.js')), 0o644],
    ['index.js', await readFile(path.join(folder, 'index.js')), 0o644],
  ]);
}

async function zip(files: ZipEntry[]): Promise<string> {
  const archive = new ZipFile();
  for (const [name, content, mode] of files) archive.addBuffer(Buffer.from(content), name, { mode });
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('base64');
}

async function active(status = 'Active'): Promise<GetFunctionResponse> {
  for (;;) {
    const found = await client.GetFunction({ FunctionName: NAME });
    if (found.Status === status) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Deployed {
  readonly variables?: Record<string, string>;
  readonly timeoutS?: number;
  readonly maxConcurrency?: number;
}

function requestOf(zipFile: string, { variables = {}, timeoutS = 30, maxConcurrency = 10 }: Deployed = {}) {
  return {
    FunctionName: NAME,
    Runtime: 'Nodejs20.19',
    Type: 'HTTP',
    Code: { ZipFile: zipFile },
    MemorySize: 256,
    Timeout: timeoutS,
    InitTimeout: 10,
    Environment: { Variables: Object.entries(variables).map(([Key, Value]) => ({ Key, Value })) },
    PublicNetConfig: { PublicNetStatus: 'ENABLE', EipConfig: { EipStatus: 'ENABLE' } },
    InstanceConcurrencyConfig: { DynamicEnabled: 'FALSE', MaxConcurrency: maxConcurrency },
  };
}

const TRIGGER = {
  FunctionName: NAME,
  TriggerName: 'url-trigger',
  Type: 'http',
  Qualifier: '$DEFAULT',
  TriggerDesc: JSON.stringify({
    AuthType: 'NONE',
    NetConfig: { EnableIntranet: false, EnableExtranet: true },
  }),
};

/** Creates the function and its Function URL, and gives the address. */
async function deploy(zipFile: string, options: Deployed = {}): Promise<string> {
  await client.CreateFunction(requestOf(zipFile, options));
  await active();
  await client.CreateTrigger(TRIGGER);
  const { Triggers = [] } = await client.ListTriggers({ FunctionName: NAME });
  const { NetConfig } = JSON.parse(Triggers[0]?.TriggerDesc ?? '{}') as {
    NetConfig: { ExtranetUrl: string };
  };
  return NetConfig.ExtranetUrl;
}

interface Description {
  readonly version: string;
  readonly pid: number;
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly headers: Record<string, string>;
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<Description> {
  return JSON.parse((await send(url, '/', { headers })).body.toString()) as Description;
}

/** How Linux sees a process. One that waits to be reaped has ended, too. */
function stateOf(pid: number): 'frozen' | 'running' | 'gone' {
  let line: string;
  try {
    line = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return 'gone';
  }
  const state = /\) (\w)/.exec(line)?.[1];
  return state === 'T' ? 'frozen' : state === 'Z' ? 'gone' : 'running';
}

describe('the API', () => {
  it('creates a function, which is Creating and then Active', async () => {
    await start({ transitionMs: 500 }); // longer than a call takes on a busy machine
    await client.CreateFunction(requestOf(await builtBundle()));
    expect((await client.GetFunction({ FunctionName: NAME })).Status).toBe('Creating');
    expect(await active()).toMatchObject({
      MemorySize: 256,
      Runtime: 'Nodejs20.19',
      PublicNetConfig: { EipConfig: { EipStatus: 'ENABLE', EipAddress: ['203.0.113.10'] } },
      InstanceConcurrencyConfig: { MaxConcurrency: 10 },
    });
    expect(local.calls.slice(0, 2).map(({ action, region }) => [action, region])).toEqual([
      ['CreateFunction', REGION],
      ['GetFunction', REGION],
    ]);
  });

  it('reports a deletion as Deleting, then as a missing version, and then as a missing function', async () => {
    await start({ transitionMs: 500 }); // longer than a call takes on a busy machine
    const bundle = await probe('1');
    await deploy(bundle);
    await client.DeleteFunction({ FunctionName: NAME });
    await expect(client.CreateFunction(requestOf(bundle))).rejects.toMatchObject({
      code: 'ResourceInUse.Function',
    });
    const seen: string[] = [];
    while (seen.at(-1) !== 'ResourceNotFound.Function') {
      const state = await client.GetFunction({ FunctionName: NAME }).then(
        ({ Status = '' }) => Status,
        (error: unknown) => (error as { readonly code: string }).code,
      );
      if (seen.at(-1) !== state) seen.push(state);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(seen).toEqual(['Deleting', 'ResourceNotFound.Version', 'ResourceNotFound.Function']);
  });

  it('reports null where there is nothing', async () => {
    await start();
    await client.CreateFunction({
      ...requestOf(await probe('1')),
      InstanceConcurrencyConfig: { DynamicEnabled: '' },
    });
    expect(await active()).toMatchObject({ InstanceConcurrencyConfig: null, ProtocolType: null });
  });

  it('reports a creation that failed, and why', async () => {
    await start();
    local.failNextCreation('No room.');
    await client.CreateFunction(requestOf(await probe('1')));
    expect(await active('CreateFailed')).toMatchObject({ StatusReasons: [{ ErrorMessage: 'No room.' }] });
  });

  it('gives a trigger the id of its address as its name, and all addresses in NetConfig', async () => {
    await start();
    const url = await deploy(await probe('1'));
    const { Triggers: [trigger] = [] } = await client.ListTriggers({ FunctionName: NAME });
    expect(trigger?.TriggerName).toMatch(/^[0-9a-f]{10}$/);
    const { NetConfig } = JSON.parse(trigger?.TriggerDesc ?? '') as { NetConfig: object };
    expect(NetConfig).toMatchObject({
      EnableExtranet: true,
      ExtranetUrl: url,
      IntranetUrl: '',
      WssExtranetUrl: '',
    });
    expect(Object.keys(NetConfig)).toHaveLength(10);
    await expect(client.UpdateTrigger(TRIGGER)).rejects.toMatchObject({ code: 'ResourceNotFound.Trigger' });
    await client.UpdateTrigger({ ...TRIGGER, TriggerName: trigger?.TriggerName ?? '', Enable: 'CLOSE' });
    expect((await send(url, '/')).status).toBe(403);
  });

  it('refuses a trigger for as long as the function settles', async () => {
    await start({ settlingMs: 100 });
    await client.CreateFunction(requestOf(await probe('1')));
    await active();
    await expect(client.CreateTrigger(TRIGGER)).rejects.toMatchObject({
      code: 'FailedOperation.CreateTrigger',
    });
    await new Promise((resolve) => setTimeout(resolve, 110));
    await client.CreateTrigger(TRIGGER);
  });

  it('rejects a wrong signature, and records nothing', async () => {
    await start();
    await expect(clientOf(local, 'wrong').GetFunction({ FunctionName: NAME })).rejects.toMatchObject({
      code: 'AuthFailure.SignatureFailure',
    });
    expect(local.calls).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['UnknownParameter', { MemorySise: 128 }],
    ['UnknownParameter', { Environment: { Variables: [{ Key: 'AB', Value: 'x', Secret: true }] } }],
    ['InvalidParameter', { MemorySize: '128' }],
    ['MissingParameter', { FunctionName: undefined }],
    ['UnsupportedOperation', { VpcConfig: {} }],
    ['InvalidParameterValue.Memory', { MemorySize: 200 }],
    ['InvalidParameterValue.Runtime', { Runtime: 'Nodejs99.1' }],
    ['InvalidParameterValue.ZipFileBase64BinascilError', { Code: { ZipFile: 'no base64!' } }],
    ['InvalidParameterValue.ZipFile', { Code: { ZipFile: 'AAAA' } }],
    ['InvalidParameterValue.ZipFile', { Code: { ZipFile: 'A'.repeat(50 * 1_048_576 + 4) } }],
    ['InvalidParameterValue.EnvironmentSystemProtect', environment('SCF_X', 'x')],
    ['InvalidParameterValue.EnvironmentContentError', environment('AB', '')],
    ['InvalidParameterValue.EnvironmentExceededLimit', environment('AB', 'x'.repeat(4095))],
  ])('responds with %s', async (code, change) => {
    await start();
    // The point of the case is a request that the types refuse.
    const request = { ...requestOf(await probe('1')), ...change } as Parameters<Client['CreateFunction']>[0];
    await expect(client.CreateFunction(request)).rejects.toMatchObject({ code });
  });

  function environment(Key: string, Value: string) {
    return { Environment: { Variables: [{ Key, Value }] } };
  }

  it('rejects calls that are impossible now or always', async () => {
    await start();
    await deploy(await probe('1'));
    const code = (error: Promise<unknown>) =>
      error.catch((cause: unknown) => (cause as { code: string }).code);
    expect(await code(client.CreateFunction(requestOf(await probe('1'))))).toBe('ResourceInUse.Function');
    expect(await code(client.CreateTrigger(TRIGGER))).toBe('ResourceInUse.Trigger');
    expect(await code(client.UpdateTrigger({ ...TRIGGER, Qualifier: '$LATEST' }))).toBe(
      'ResourceNotFound.Trigger',
    );
    const other = { FunctionName: NAME, Runtime: 'Nodejs18.15' };
    expect(await code(client.UpdateFunctionConfiguration(other))).toBe('InvalidParameterValue.Runtime');
    expect(await code(client.request('Frobnicate', {}))).toBe('InvalidAction');
    await client.UpdateFunctionConfiguration({ FunctionName: NAME, Timeout: 5 });
    expect(await code(client.UpdateFunctionCode({ FunctionName: NAME, ZipFile: await probe('2') }))).toBe(
      'FailedOperation.FunctionStatusError',
    );
  });

  it('fails and loses calls if configured to', async () => {
    await start();
    const get = () => client.GetFunction({ FunctionName: NAME });
    local.failNext('GetFunction', 'InternalError', 'x');
    await expect(get()).rejects.toMatchObject({ code: 'InternalError' });
    const request = requestOf(await probe('1'));
    local.dropCall('CreateFunction', 0, 'before');
    await expect(client.CreateFunction(request)).rejects.toThrow(/hang up|ECONNRESET/);
    await expect(get()).rejects.toMatchObject({ code: 'ResourceNotFound.Function' });
    local.dropCall('CreateFunction', 0, 'after');
    await expect(client.CreateFunction(request)).rejects.toThrow(/hang up|ECONNRESET/);
    expect((await active()).FunctionName).toBe(NAME);
  });

  it('gives the code back with its hash', async () => {
    await start();
    const zipFile = await builtBundle();
    await deploy(zipFile);
    const { Url = '', CodeSha256 } = await client.GetFunctionAddress({ FunctionName: NAME });
    expect(CodeSha256).toMatch(/^[0-9a-f]{64}$/);
    expect((await send(Url, new URL(Url).pathname)).body.toString('base64')).toBe(zipFile);
  });
});

describe('the function that was uploaded', () => {
  it('runs with SCF’s environment and no more, from a read-only folder', async () => {
    await start({ instanceEnvironment: { FOR_TEST: 'yes' } });
    const { environment, folder } = await ask(await deploy(await probe('1'), { variables: { MINE: 'yes' } }));
    const ofShell = ['PWD', 'OLDPWD', 'SHLVL', '_'];
    expect(
      Object.keys(environment).filter((name) => !ofShell.includes(name) && !/^(SCF|TENC)/.test(name)),
    ).toEqual(expect.arrayContaining(['FOR_TEST', 'MINE', 'PATH', 'HOME', 'USER_CODE_ROOT', 'PORT']));
    expect(Object.keys(environment).length).toBeLessThanOrEqual(6 + 3 + 8 + ofShell.length);
    expect(environment).toMatchObject({
      SCF_FUNCTIONNAME: NAME,
      TENCENTCLOUD_REGION: REGION,
      TENCENTCLOUD_RUNENV: 'SCF',
    });
    expect((await stat(folder)).mode & 0o777).toBe(0o555);
    expect((await stat(path.join(folder, 'scf_bootstrap'))).mode & 0o777).toBe(0o555);
    if (process.getuid?.() !== 0) await expect(writeFile(path.join(folder, 'x'), '')).rejects.toThrow();
  });

  it('gets the platform’s headers, and the client’s own under those names do not arrive', async () => {
    await start();
    const url = await deploy(await probe('1'));
    const { headers } = await ask(url, {
      'x-scf-uin': 'mine',
      'x-scf-remote-addr': '192.0.2.9',
      'x-real-ip': '192.0.2.1',
      'x-forwarded-for': '192.0.2.1',
      te: 'trailers',
      'x-own': 'yes',
    });
    expect(headers).toMatchObject({
      'x-scf-memory': '256',
      'x-scf-timeout': '30000',
      'x-scf-uin': '100000000001',
      'x-real-ip': '11.163.0.1',
      'x-forwarded-for': '192.0.2.1, 127.0.0.1, 11.163.0.1, 10.132.0.1',
      'x-forwarded-proto': 'http',
      'x-scf-remote-addr': '192.0.2.9', // not one of the platform's
      connection: 'close',
      'x-own': 'yes',
    });
    expect(headers).toHaveProperty('x-scf-secret-key');
    expect(headers).not.toHaveProperty('te');
  });

  it('is frozen between requests, thawed by the next, and killed when idle for long', async () => {
    await start({ idleKillMs: 400 });
    const url = await deploy(await probe('1'));
    const { pid } = await ask(url);
    await until('it is frozen', () => stateOf(pid) === 'frozen');
    expect((await ask(url)).pid).toBe(pid);
    expect(local.instances(NAME)).toBe(1);
    await until('it is gone', () => local.instances(NAME) === 0);
    await until('its process is gone', () => stateOf(pid) === 'gone');
    expect((await ask(url)).pid).not.toBe(pid);
  });

  it('takes as many requests as its concurrency, and a second instance the rest', async () => {
    await start();
    const url = await deploy(await probe('1'), { maxConcurrency: 2 });
    const responses = [1, 2].map(() => send(url, '/slow'));
    await until('one instance runs', () => local.instances(NAME) === 1);
    responses.push(send(url, '/slow'));
    await until('a second runs', () => local.instances(NAME) === 2);
    for (const { body } of await Promise.all(responses)) expect(body.toString()).toBe('firstlast');
  });

  it.each([
    ['stream', 200],
    ['buffer', 0],
  ] as const)('relays a streamed response by %s', async (relay, apartMs) => {
    await start({ relay });
    const { chunks } = await send(await deploy(await probe('1')), '/slow');
    const span = (chunks.at(-1)?.atMs ?? 0) - (chunks[0]?.atMs ?? 0);
    if (apartMs > 0) expect(span).toBeGreaterThan(apartMs);
    else expect(span).toBeLessThan(100);
  });

  it('is held to the limits of time, body and headers', async () => {
    await start();
    const url = await deploy(await probe('1'), { timeoutS: 1 });
    const post = (bytes: number) => send(url, '/', { body: Buffer.alloc(bytes) });
    expect((await post(6 * 1_048_576)).status).toBe(200);
    expect((await post(6 * 1_048_576 + 1)).status).toBe(406);
    const chunked = { 'transfer-encoding': 'chunked' };
    const large = { headers: chunked, body: Buffer.alloc(7_000_000) };
    expect((await send(url, '/', { ...large, method: 'POST' })).status).toBe(406);
    expect((await send(url, '/big-headers')).status).toBe(502);
    const late = await send(url, '/silent');
    expect([late.status, late.body.toString()]).toEqual([433, expect.stringContaining('timed out')]);
    expect((await send(url, '/half')).complete).toBe(false);
    expect((await ask(url)).version).toBe('1');
  });

  it('may stream more than 6 MB, but not send them as a whole', async () => {
    await start({ relay: 'buffer' });
    expect((await send(await deploy(await probe('1')), '/large')).status).toBe(407);
    await local.close();
    await start();
    expect((await send(await deploy(await probe('1')), '/large')).status).toBe(200);
  });

  it('that does not listen, or that a test lets fail, is reported', async () => {
    await start();
    const silent = ['scf_bootstrap', '#!/bin/bash\nsleep 60\n', 0o755] as const;
    await client.CreateFunction({ ...requestOf(await zip([[...silent]])), InitTimeout: 3 });
    await active();
    const { TriggerInfo } = await client.CreateTrigger(TRIGGER);
    const { NetConfig } = JSON.parse(TriggerInfo?.TriggerDesc ?? '') as {
      NetConfig: { ExtranetUrl: string };
    };
    expect((await send(NetConfig.ExtranetUrl, '/')).status).toBe(446);
    local.failNextRequest('MemoryLimitReached', 'It needs more memory.');
    local.failNextRequest('FunctionStatusError', 'It is not Active.');
    expect((await send(NetConfig.ExtranetUrl, '/')).status).toBe(434);
    expect((await send(NetConfig.ExtranetUrl, '/')).status).toBe(438);
  });

  it('has the platform’s CORS header beside its own if that is on', async () => {
    await start();
    const url = await deploy(await probe('1'));
    const { Triggers: [trigger] = [] } = await client.ListTriggers({ FunctionName: NAME });
    await client.UpdateTrigger({
      ...TRIGGER,
      TriggerName: trigger?.TriggerName ?? '',
      TriggerDesc: JSON.stringify({
        AuthType: 'NONE',
        NetConfig: { EnableExtranet: true },
        CorsConfig: { Enable: true },
      }),
    });
    expect((await send(url, '/')).headers['access-control-allow-origin']).toBe('*');
  });

  it('that does not start is reported', async () => {
    await start();
    const url = await deploy(await zip([['scf_bootstrap', '#!/bin/bash\necho broken >&2\nexit 3\n', 0o755]]));
    const failed = await send(url, '/');
    expect([failed.status, failed.body.toString()]).toEqual([405, expect.stringContaining('broken')]);
    expect(local.instances(NAME)).toBe(0);
  });

  it('is the new code and the new configuration after an update; running requests finish on the old', async () => {
    await start();
    const url = await deploy(await probe('1'));
    const { pid } = await ask(url);
    const running = send(url, '/slow');
    await client.UpdateFunctionCode({ FunctionName: NAME, ZipFile: await probe('2') });
    await active();
    const after = await ask(url);
    expect([after.version, after.pid === pid]).toEqual(['2', false]);
    expect((await running).body.toString()).toBe('firstlast');
    await until('the old instance is gone', () => local.instances(NAME) === 1);
    await client.UpdateFunctionConfiguration({
      FunctionName: NAME,
      Environment: { Variables: [{ Key: 'MINE', Value: 'new' }] },
    });
    const updated = await active();
    expect([updated.MemorySize, updated.Timeout]).toEqual([256, 30]); // what was not named stays
    expect((await ask(url)).environment['MINE']).toBe('new');
  });
});

describe('200 requests, the instance frozen and thawed between them, while the upstream closes idle sockets', () => {
  let upstream: FakeUpstream;
  beforeEach(async () => {
    await start();
    upstream = await startFakeUpstream();
    // A path that forgot the connection, as a NAT does under a frozen instance, reports it only when it is used again.
    const used = new WeakSet<Socket>();
    const theApi = upstream.currentResponder();
    upstream.respond((request, response, seen) => {
      if (used.has(request.socket)) request.socket.resetAndDestroy();
      else theApi(request, response, seen);
      used.add(request.socket);
    });
  });
  afterEach(() => upstream.close());

  async function failures(zipFile: string): Promise<number> {
    const url = await deploy(zipFile, { variables: { OPENAI_UPSTREAM: upstream.origin } });
    let failed = 0;
    for (let index = 0; index < 200; index++) {
      const stream = index % 2 === 1;
      const body = JSON.stringify({ model: 'm', stream, messages: [] });
      const response = await send(url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body });
      if (response.status !== 200 || !response.complete) failed++;
      if (index % 3 === 0) upstream.dropConnections(); // the instance is frozen and cannot see it
    }
    expect(local.instances(NAME)).toBe(1);
    return failed;
  }

  it('all succeed', async () => {
    expect(await failures(await builtBundle())).toBe(0);
    const names = upstream.seen.flatMap(({ rawHeaders }) => rawHeaders.map((name) => name.toLowerCase()));
    expect(names.filter((name) => name.startsWith('x-scf-') || name === 'x-real-ip')).toEqual([]);
  });

  it('make a proxy fail that trusts its idle sockets, so the test above can fail', async () => {
    const source = `
      const http = require('node:http');
      const agent = new http.Agent({ keepAlive: true });
      http.createServer((request, response) => {
        const { method, url: path, headers } = request;
        const outgoing = http.request(process.env.OPENAI_UPSTREAM, { agent, method, path, headers: {
          'content-type': 'application/json', 'content-length': headers['content-length'],
        } }, (incoming) => incoming.pipe(response));
        outgoing.on('error', () => response.writeHead(502).end());
        request.pipe(outgoing);
      }).listen(process.env.PORT);
    `;
    expect(await failures(await zip([BOOTSTRAP_FILE, ['index.js', source, 0o644]]))).toBeGreaterThan(0);
  });
});
