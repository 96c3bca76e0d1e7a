import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { openaiError } from '../../scripts/fakes/simulated-replies';
import { checkCors, checkLargeBody, checkRegion } from '../../scripts/doctor/checks';
import { checkConnection } from '../../scripts/doctor/connection';
import { examine } from '../../scripts/doctor/examine';
import { exitStatus } from '../../scripts/doctor/report';
import type { CheckResult } from '../../scripts/doctor/result';
import { evaluateArrivals } from '../../scripts/doctor/streaming';
import { baseOf, type Target } from '../../scripts/doctor/target';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { startFront, type Front, type FrontOptions } from '../helpers/front';
import { startProxy, type RunningProxy } from '../helpers/proxies';
import { respondToTrace } from '../helpers/trace';

let upstream: FakeUpstream;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  upstream = await startFakeUpstream();
  respondToTrace(upstream, 'SG');
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await upstream.close();
});

const GOOD = {
  OPENAI_API_KEYS: 'key-good-1,key-good-2',
  ACCESS_TOKENS: 'me:tok-me-1-0123456789',
  ADMIN_TOKEN: 'adm-in-1-0123456789',
};
const WITH_TOKENS = { token: 'tok-me-1-0123456789', adminToken: 'adm-in-1-0123456789' };

async function proxyWith(environment: Record<string, string> = GOOD): Promise<RunningProxy> {
  const proxy = await startProxy(upstream, environment);
  closing.push(() => proxy.stop());
  return proxy;
}

async function behind(options: FrontOptions): Promise<Front> {
  const front = await startFront((await proxyWith()).url, options);
  closing.push(() => front.close());
  return front;
}

const targetOf = (url: string, more: Partial<Target> = {}): Target => ({
  base: baseOf(url),
  token: undefined,
  adminToken: undefined,
  model: undefined,
  ...more,
});

const NOTHING_REPORTED = {
  region: undefined,
  functionLimitMs: undefined,
  memoryMb: undefined,
  timeoutMs: undefined,
  idleTimeoutMs: undefined,
  maxBodyBytes: undefined,
};

async function examined(url: string, more: Partial<Target> = WITH_TOKENS): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for await (const result of examine(targetOf(url, more))) results.push(result);
  return results;
}

const MAIN = path.resolve(__dirname, '../../scripts/doctor/main.ts');
const TSX = path.resolve(__dirname, '../../node_modules/.bin/tsx');

/** The doctor as its own process, as `npm run doctor --` starts it. */
function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; output: string; stdout: string }> {
  const env = { PATH: process.env['PATH'], ...environment };
  const child = spawn(TSX, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, output: stdout + stderr }));
  });
}

const verdicts = (results: readonly CheckResult[]) =>
  Object.fromEntries(results.map(({ name, verdict }) => [name, verdict]));
const named = (results: readonly CheckResult[], name: string) => results.find((one) => one.name === name);
const failing = (results: readonly CheckResult[]) =>
  results.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name);

/** The fake upstream's response to a key, before anything else. */
function refuseKey(key: string): void {
  const otherwise = upstream.currentResponder();
  upstream.respond((request, response, seen) => {
    if (request.headers.authorization !== `Bearer ${key}`) return otherwise(request, response, seen);
    const { status, headers, pieces } = openaiError(401, 'invalid_api_key');
    return response.writeHead(status, headers).end(pieces.join(''));
  });
}

describe('the doctor reports', () => {
  it('a good function as good', async () => {
    const proxy = await proxyWith();
    const results = await examined(`${proxy.url}/`);
    expect(verdicts(results)).toEqual({
      connection: 'skipped', // plain http on loopback
      health: 'warn', // another version than this checkout
      region: 'warn', // ap-test
      limits: 'ok',
      access: 'ok',
      'egress openai': 'ok',
      'egress anthropic': 'ok',
      streaming: 'ok',
      'keys openai': 'ok',
      prices: expect.stringMatching(/^(?:ok|warn)$/) as string, // by the date of today
      request: 'ok',
      'large body': 'ok',
      cors: 'ok',
    });
    expect(exitStatus(results)).toBe(0);
    expect(named(results, 'health')?.detail).toContain('version 0.0.0-test (commit abcdef012345)');
    expect(named(results, 'egress openai')?.detail).toContain('203.0.113.7 in SG (SIN)');
    expect(named(results, 'keys openai')?.detail).toContain('2 of 2 keys are valid');
    expect(upstream.seen.some(({ url }) => /chat|messages/.test(url))).toBe(false); // nothing that costs
  });

  it('a proxy that anyone may use with a warning, whatever token it is given, and one with tokens as good', async () => {
    const open = await proxyWith({});
    for (const more of [{}, { token: 'sk-own-0123456789' }]) {
      const access = named(await examined(open.url, more), 'access');
      expect(access).toMatchObject({
        verdict: 'warn',
        detail: expect.stringContaining('Anyone who knows the URL can use the proxy') as string,
        remedy: expect.stringContaining('npm run token') as string,
      });
    }
    const closed = await proxyWith();
    const base = `${closed.url}/release/tok-me-1-0123456789`; // with a token in the path, which is not used
    expect(named(await examined(base), 'access')?.verdict).toBe('ok');
  });

  it.each([
    ['gpt-5', 'POST /v1/chat/completions'],
    ['claude-sonnet-5', 'POST /v1/messages'],
  ])('a real streamed request to %s as good', async (model, what) => {
    const proxy = await proxyWith({ ...GOOD, ANTHROPIC_API_KEYS: 'sk-ant-1' });
    const results = await examined(proxy.url, { ...WITH_TOKENS, model });
    expect(named(results, 'request')).toMatchObject({
      verdict: 'ok',
      detail: expect.stringContaining(`${what} streams`) as string,
    });
  });

  it.each<[string, FrontOptions, RegExp]>([
    ['buffers all', { buffer: 'whole' }, /buffered: .* all at once/],
    ['buffers blocks', { buffer: 1_500 }, /buffered in part: .* in \d bursts/],
    ['cuts off responses', { cutAfterMs: 1_000 }, /ended early after \d+ of 20/],
  ])('a gateway that %s', async (_what, options, detail) => {
    const results = await examined((await behind(options)).url);
    expect(failing(results)).toEqual(['streaming']);
    expect(named(results, 'streaming')?.detail).toMatch(detail);
    expect(named(results, 'streaming')?.remedy).toMatch(/buffering off|raise the timeout|Something/);
    expect(exitStatus(results)).toBe(1);
  });

  it('a Hong Kong egress', async () => {
    respondToTrace(upstream, 'HK');
    const results = await examined((await proxyWith()).url);
    expect(failing(results)).toEqual(['egress anthropic', 'egress openai']);
    expect(named(results, 'egress openai')).toMatchObject({
      detail: expect.stringContaining('in HK') as string,
      remedy: expect.stringContaining('outside Hong Kong') as string,
    });
  });

  it('a Hong Kong egress that is guarded: the requests fail as well, for that reason', async () => {
    respondToTrace(upstream, 'HK');
    const results = await examined((await proxyWith({ ...GOOD, EGRESS_GUARD: 'enforce' })).url);
    expect(failing(results)).toEqual(['egress anthropic', 'egress openai', 'keys openai', 'request']);
    expect(named(results, 'request')?.detail).toContain('503 egress-refused');
  });

  it('an upstream without a trace: no verdict, and no failure', async () => {
    const otherwise = upstream.currentResponder();
    upstream.respond((request, response, seen) =>
      seen.url === '/cdn-cgi/trace' ? response.writeHead(404).end() : otherwise(request, response, seen),
    );
    const results = await examined((await proxyWith()).url);
    expect(failing(results)).toEqual([]);
    expect(named(results, 'egress openai')?.verdict).toBe('warn');
  });

  it('an invalid key among valid ones, by its alias', async () => {
    refuseKey('key-dead-dead');
    const proxy = await proxyWith({ ...GOOD, OPENAI_API_KEYS: 'key-good-1,key-dead-dead,key-good-2' });
    const results = await examined(proxy.url);
    expect(failing(results)).toEqual(['keys openai']);
    expect(named(results, 'keys openai')?.detail).toMatch(
      /^1 of 3 keys are disabled: …dead-[0-9a-f]{6} \(invalid\)$/,
    );
  });

  it('the only key as invalid', async () => {
    refuseKey('key-dead-dead');
    const results = await examined((await proxyWith({ ...GOOD, OPENAI_API_KEYS: 'key-dead-dead' })).url);
    expect(failing(results)).toEqual(['keys openai', 'request']);
    expect(named(results, 'request')?.remedy).toContain('replace it');
  });

  it('a 3 s timeout', async () => {
    const front = await behind({ requestHeaders: { 'X-Scf-Timeout': '3', 'X-Scf-Memory': '128' } });
    const results = await examined(front.url);
    expect(failing(results)).toEqual(['limits']);
    expect(named(results, 'limits')).toMatchObject({
      detail: expect.stringContaining('the function stops after 2.7 s (128 MB)') as string,
      remedy: expect.stringContaining('timeout: 900') as string,
    });
  });

  it.each<[string, FrontOptions, CheckResult['verdict'], string]>([
    ['6 MB, as SCF has it', { maxBodyBytes: 6_291_456 }, 'ok', '7 MB are rejected with 413'],
    ['6 MB, without a word', { maxBodyBytes: 6_291_456, tooLarge: 'cut' }, 'warn', '7 MB are cut off'],
    ['1 MB, as nginx has it', { maxBodyBytes: 1_048_576 }, 'warn', 'so are 5 MB'],
  ])('a limit of %s', async (_what, options, verdict, detail) => {
    expect(await checkLargeBody(targetOf((await behind(options)).url), NOTHING_REPORTED)).toMatchObject({
      verdict,
      detail: expect.stringContaining(detail) as string,
    });
  });

  it('MAX_BODY_BYTES', async () => {
    const health = { ...NOTHING_REPORTED, maxBodyBytes: 1_048_576 };
    expect(await checkLargeBody(targetOf((await proxyWith()).url), health)).toMatchObject({
      verdict: 'ok',
      detail: expect.stringContaining('MAX_BODY_BYTES is 1 MB') as string,
    });
  });

  it('CORS doubled by a gateway, and CORS restricted', async () => {
    const doubled = await behind({ responseHeaders: { 'Access-Control-Allow-Origin': '*' } });
    expect(await checkCors(targetOf(doubled.url))).toMatchObject({
      verdict: 'fail',
      detail: expect.stringContaining('twice') as string,
    });
    const strict = await proxyWith({ ...GOOD, CORS_ORIGINS: 'https://chat.example' });
    expect((await checkCors(targetOf(strict.url))).verdict).toBe('warn');
  });

  it('a wrong token', async () => {
    const proxy = await proxyWith();
    const results = await examined(proxy.url, { token: 'tok-wrong', adminToken: 'adm-wrong' });
    expect(failing(results)).toEqual(['egress', 'streaming', 'keys', 'request']);
    expect(named(results, 'request')?.remedy).toContain('ACCESS_TOKENS');
    expect(JSON.stringify(results)).not.toMatch(/tok-wrong|adm-wrong/);
  });

  it('what it can without a token, and says what it skipped', async () => {
    const results = await examined((await proxyWith()).url, {});
    expect(failing(results)).toEqual([]);
    expect(verdicts(results)).toMatchObject({
      egress: 'skipped',
      keys: 'skipped',
      request: 'skipped',
      streaming: 'skipped',
      cors: 'ok',
    });
  });

  it('no server, and another server: one failure, the rest skipped', async () => {
    const closed = net.createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    for (const url of [`http://127.0.0.1:${port}`, upstream.origin]) {
      const results = await examined(url);
      expect(failing(results)).toEqual(['health']);
      expect(results.filter(({ verdict }) => verdict === 'skipped')).toHaveLength(11);
    }
    const unresolved = await examined(`https://${'a'.repeat(64)}.invalid`); // no label is that long: nobody is asked
    expect(failing(unresolved)).toEqual(['connection']);
  });
});

describe('connection', () => {
  const tlsFile = (name: string) => path.resolve(__dirname, '../fixtures/tls', name);
  const fixture = (name: string) => readFileSync(tlsFile(name), 'utf8');

  it('an untrusted certificate, and a trusted one', async () => {
    const secure = await startFakeUpstream({ key: fixture('localhost.key'), cert: fixture('localhost.crt') });
    closing.push(() => secure.close());
    const untrusted = await examined(secure.origin);
    expect(failing(untrusted)).toEqual(['connection']);
    expect(named(untrusted, 'connection')?.detail).toMatch(/No trusted TLS connection \([A-Z_]+\)/);
    const { stdout } = await run([secure.origin, '--json'], { NODE_EXTRA_CA_CERTS: tlsFile('ca.crt') });
    const { checks } = JSON.parse(stdout) as { checks: CheckResult[] };
    expect(named(checks, 'connection')).toMatchObject({
      verdict: 'ok',
      detail: expect.stringMatching(/TLSv1\.3, certificate valid for \d+ days/) as string,
    });
    expect(failing(checks)).toEqual(['health']);
  });

  it('plain http beyond this machine', async () => {
    expect(await checkConnection(targetOf('http://192.0.2.1'))).toMatchObject({ verdict: 'fail' });
  });
});

describe('checkRegion', () => {
  it.each([
    ['ap-singapore', 'ok'],
    ['na-siliconvalley', 'ok'],
    ['ap-hongkong', 'fail'],
    ['ap-guangzhou', 'fail'],
    ['ap-nowhere', 'warn'],
    [undefined, 'skipped'],
  ])('%s: %s', (region, verdict) => {
    expect(checkRegion({ ...NOTHING_REPORTED, region }).verdict).toBe(verdict);
  });
});

describe('evaluateArrivals', () => {
  const events = (came: (at: number) => number) =>
    Array.from({ length: 20 }, (_, at) => ({ sentAtMs: 5_000_000 + at * 100, arrivedAtMs: came(at) }));
  it.each<[string, (at: number) => number, string]>([
    ['one by one', (at) => 70 + at * 100, 'ok'],
    ['one by one, by a clock that is an hour off', (at) => -3_600_000 + at * 100, 'ok'],
    ['with the jitter of a network', (at) => at * 100 + (at % 3) * 60, 'ok'],
    ['with one long hiccup', (at) => (at < 8 ? at * 100 : Math.max(1_400, at * 100)), 'warn'],
    ['in pairs', (at) => Math.floor(at / 2) * 200, 'fail'],
    ['in blocks', (at) => Math.floor(at / 7) * 700, 'fail'],
    ['all at once', (at) => 2_000 + at, 'fail'],
  ])('%s', (_what, came, verdict) => {
    expect(evaluateArrivals(events(came)).verdict).toBe(verdict);
  });
});

describe('baseOf', () => {
  it.each([
    ['https://x.example/', 'https://x.example'],
    ['x.example', 'https://x.example'],
    ['https://x.example/release/', 'https://x.example/release'],
    ['https://x.example/v1', 'https://x.example'],
    ['http://127.0.0.1:9000/tok-1/v1/', 'http://127.0.0.1:9000/tok-1'],
  ])('%s is %s', (address, base) => {
    expect(baseOf(address)).toBe(base);
  });
});

describe('npm run doctor', () => {
  it('prints one line for each check, and no token, not even one in the address', async () => {
    const proxy = await proxyWith();
    const { code, output } = await run(
      [`${proxy.url}/tok-me-1-0123456789/v1`, '--token', 'sk-own:tok-me-1-0123456789'],
      {
        DOCTOR_ADMIN_TOKEN: 'adm-in-1-0123456789',
      },
    );
    expect(output).toMatch(/^ok {4}streaming/m);
    expect(output).toMatch(/^WARN {2}region/m);
    expect(output).toMatch(/^It works: \d+ ok, \d with a warning, 0 failed/m);
    expect(output).not.toMatch(/tok-me-1-0123456789|adm-in-1-0123456789|sk-own|key-good/);
    expect(code).toBe(0);
  });

  it('names a misspelt variable of its own, and its value never', async () => {
    const { output } = await run([], { DOCTOR_TOKN: 'tok-me-1-0123456789' });
    expect(output).toContain('DOCTOR_TOKN is not a variable of this proxy. Did you mean DOCTOR_TOKEN?');
    expect(output).not.toContain('tok-me-1-0123456789');
  });

  it('prints everything as JSON with --json, and exits with 1 after a failure', async () => {
    respondToTrace(upstream, 'HK');
    const proxy = await proxyWith();
    const { code, stdout } = await run([proxy.url, '--json', '--admin-token', 'adm-in-1-0123456789']);
    const report = JSON.parse(stdout) as { url: string; ok: boolean; checks: CheckResult[] };
    expect(report).toMatchObject({ url: proxy.url, ok: false });
    expect(failing(report.checks)).toEqual(['egress anthropic', 'egress openai']);
    expect(code).toBe(1);
  });

  it.each([[], ['--nonsense', 'https://x.example'], ['http://']].map((args) => [args]))(
    'shows its usage for %j',
    async (args) => {
      const { code, output } = await run(args);
      expect(output).toContain('npm run doctor -- URL');
      expect(code).toBe(2);
    },
  );
});
