import { appendFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { logs } from './run';

/** In the time zone of this machine, as the lines have it. */
const AT = new Date(2026, 10, 28, 21, 6, 3);
const TIME = '2026-11-28 21:06:03';

const line = (fields: Record<string, unknown>): string =>
  JSON.stringify({ level: 'info', time: AT.toISOString(), ...fields });
const request = (fields: Record<string, unknown> = {}): string =>
  line({
    request_id: 'r1',
    method: 'POST',
    path: '/v1/chat/completions',
    provider: 'openai',
    status: 200,
    bytes: 33_100,
    first_byte_ms: 412.3,
    ms: 1_204,
    attempts: 1,
    outcome: 'complete',
    msg: 'request',
    ...fields,
  });

describe('a line of the log becomes', () => {
  it.each([
    ['a request', request(), `${TIME}  200  POST /v1/chat/completions  openai  0.4 s / 1.2 s  33.1 KB`],
    [
      'a request with a token, a key and a second attempt',
      request({ token: 'laptop', key: '…abcd#1f', attempts: 2, bytes: 12, ms: 90, first_byte_ms: 90 }),
      `${TIME}  200  POST /v1/chat/completions  openai  laptop  key …abcd#1f  0.090 s  12 B  2 attempts`,
    ],
    [
      'a request that the sister responded to',
      request({ sister: 'responded', upstream_error: 'unsupported_country_region_territory' }),
      `${TIME}  200  POST /v1/chat/completions  openai  0.4 s / 1.2 s  33.1 KB  unsupported_country_region_territory  sister responded`,
    ],
    [
      'a client that left',
      request({ status: 499, outcome: 'caller-left', bytes: 0, first_byte_ms: null }),
      `${TIME}  499  POST /v1/chat/completions  openai  1.2 s  0 B  caller-left`,
    ],
    [
      'an event',
      line({ msg: 'listening', version: '0.3.0', region: 'ap-tokyo', port: 9000, functionName: null }),
      `${TIME}  listening  version 0.3.0  region ap-tokyo  port 9000`,
    ],
    [
      'a warning',
      line({ level: 'warn', msg: 'redis is out of reach', cause: 'connect ETIMEDOUT' }),
      `${TIME}  WARN  redis is out of reach  (connect ETIMEDOUT)`,
    ],
    [
      'a line with the prefix of a tool',
      `proxy_1  | ${request({ ms: 2_000 })}`,
      expect.stringContaining(`${TIME}  200  POST`),
    ],
  ])('%s on one line', async (_what, input, expected) => {
    expect((await logs(['-'], { input: `${input}\n` })).lines).toEqual([expected]);
  });

  it.each([
    [
      'a failure of the proxy',
      { status: 504, outcome: 'upstream-timeout', level: 'warn' },
      /→ The provider sent no response in time/,
    ],
    [
      'an invalid key',
      { status: 401, upstream_error: 'invalid_api_key' },
      /→ The provider rejects the key: replace it/,
    ],
    [
      'a refused country',
      { status: 403, upstream_error: 'unsupported_country_region_territory' },
      /→ .*set SISTER_URL/,
    ],
    ['a rate limit', { status: 429, upstream_error: 'rate_limit_exceeded' }, /→ The key is rate-limited/],
    [
      'an overloaded provider',
      { status: 529, upstream_error: 'overloaded_error' },
      /→ The provider itself failed/,
    ],
    ['a failure in a stream', { outcome: 'failed-in-stream' }, /→ The provider itself failed/],
  ])('two lines, the second with a remedy, for %s', async (_what, fields, remedy) => {
    const { lines } = await logs(['-'], { input: request(fields) });
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(remedy);
  });
});

it('of a provider’s error response only the status is shown, with a remedy', async () => {
  const passedOn = request({ level: 'warn', status: 429, outcome: 'upstream-429' });
  const { lines } = await logs(['-'], { input: passedOn });
  expect(lines[0]).toMatch(/33\.1 KB$/);
  expect(lines[1]).toMatch(/→ The key is rate-limited/);
});

describe('npm run logs -- -', () => {
  const TRACE = 'TypeError: x is not a function\n    at Object.grüßen (index.js:1:1)';
  const input = [
    request({ token: 'laptop' }),
    TRACE,
    request({ token: 'phone', status: 502, outcome: 'upstream-reset' }),
    '{"level":broken',
    request({ token: 'laptop', status: 499, outcome: 'caller-left' }),
    line({ level: 'error', msg: 'uncaught' }),
    line({ msg: 'stopping' }),
  ].join('\r\n');

  it('passes lines that it does not understand on as they are', async () => {
    const { lines, status } = await logs(['-'], { input });
    expect(status).toBe(0);
    expect(lines).toEqual(expect.arrayContaining([...TRACE.split('\n'), '{"level":broken']));
    expect(lines).toHaveLength(9); // one of them has a remedy
  });

  it('with --errors shows what failed, and what it does not understand', async () => {
    const { output } = await logs(['-', '--errors'], { input });
    expect(output).toContain('upstream-reset');
    expect(output).toContain('uncaught');
    expect(output).toContain(TRACE);
    expect(output).not.toMatch(/caller-left|stopping|laptop/);
  });

  it('with --id shows only the lines of the request with that id', async () => {
    const lines = [
      request({ path: '/v1/models', request_id: 'r2' }),
      line({ level: 'debug', request_id: 'r2', attempt: 1, msg: 'attempt' }),
      'some text',
    ];
    const shown = await logs(['-', '--id', 'r2'], { input: [input, ...lines].join('\n') });
    expect(shown.lines).toEqual([
      expect.stringContaining('/v1/models'),
      expect.stringContaining('DEBUG  attempt'),
    ]);
  });

  it('with --token shows only the requests with that token', async () => {
    const { lines } = await logs(['-', '--token', 'laptop'], { input });
    expect(lines.map((one) => one.slice(TIME.length + 2, TIME.length + 5))).toEqual(['200', '499']);
  });

  it('with --since leaves out what is older, and keeps what has no time', async () => {
    const old = request({ time: new Date(AT.getTime() - 3_600_001).toISOString(), token: 'old' });
    const { output } = await logs(['-', '--since', '1h'], {
      input: `${old}\n${input}`,
      nowMs: () => AT.getTime(),
    });
    expect(output).not.toContain('old');
    expect(output).toContain(TRACE);
    expect(output).toContain('phone');
  });

  it('with --json prints each line as the proxy has written it', async () => {
    const { lines } = await logs(['-', '--json'], { input });
    expect(lines[0]).toBe(request({ token: 'laptop' }));
    expect(JSON.parse(lines[1] ?? '')).toEqual({ msg: 'TypeError: x is not a function', from: 'text' });
  });

  it('masks a secret that a line has all the same', async () => {
    const { output } = await logs(['-'], {
      input: `${request({ cause: 'Bearer sk-proj-0123456789abcdef' })}\nconfigured-token-0123\n`,
      environment: { ACCESS_TOKENS: 'me:configured-token-0123' },
    });
    expect(output).not.toMatch(/sk-proj-0123|configured-token/);
  });

  it('says so if there is no such line', async () => {
    expect(await logs(['-'], { input: '' })).toMatchObject({
      status: 0,
      output: '',
      errors: expect.stringContaining('No such lines.') as string,
    });
  });

  it.each([['--since', '1 hour'], ['--since', '1w'], ['--unknown'], ['a', 'b']])(
    'prints its usage for %s %s',
    async (...args) => {
      const run = await logs(args);
      expect(run.status).toBe(2);
      expect(run.errors).toContain('npm run logs');
    },
  );
});

describe('npm run logs -- FILE', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'logs-test-'));
  const file = path.join(folder, 'my log.txt');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('reads it, and with --follow what is added, also after the file was emptied', async () => {
    writeFileSync(file, `${request({ token: 'first' })}\n`);
    const changes = [
      () => appendFileSync(file, `${request({ token: 'second' })}\n`),
      () => {
        truncateSync(file);
        writeFileSync(file, `${request({ token: 'third' })}\n`.slice(0, 40));
      },
      () => appendFileSync(file, `${request({ token: 'third' })}\n`.slice(40)),
    ];
    const { lines } = await logs([file, '--follow'], {
      pause: () => {
        const change = changes.shift();
        change?.();
        return Promise.resolve(change !== undefined);
      },
    });
    expect(lines.map((one) => /first|second|third/.exec(one)?.[0])).toEqual(['first', 'second', 'third']);
    expect((await logs([file])).lines).toHaveLength(1);
  });

  it('says which file cannot be read', async () => {
    const run = await logs([path.join(folder, 'none')]);
    expect(run.status).toBe(1);
    expect(run.errors).toMatch(/^Cannot read .*none \(ENOENT\)\. Check its name/);
  });
});
