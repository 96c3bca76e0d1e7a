import { Readable } from 'node:stream';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { linesOf } from '../../../scripts/logs/text-lines';
import { PRICES_NOTE } from '../../../src/books/charge';
import { Scene } from '../deploy/scene';
import { lineOf, usage } from './run';

const NOW_MS = Date.parse('2026-11-29T00:00:00Z');
const LINES = [
  lineOf({ time: '2026-11-27T10:00:00Z', input_tokens: 1_000, output_tokens: 1_234_567, usd: 1.5 }),
  lineOf({ token: 'phone', usd: 0.5 }),
  lineOf({ token: 'phone', meter: 'partial', usd: 0.25 }),
  lineOf({ token: 'phone', meter: 'unmetered', input_tokens: undefined }),
  lineOf({ token: undefined, model: undefined, meter: undefined, status: 404 }),
];

describe('npm run usage prints', () => {
  it('a table with totals, a bar a day, and what is not in the figures', async () => {
    const { output, status } = await usage([], { input: LINES.join('\n') });
    expect(status).toBe(0);
    expect(output)
      .toBe(`token   model        requests  metered  partial  unmetered  input  cached     output     usd
────────────────────────────────────────────────────────────────────────────────────────────
laptop  house-model         1  100.0 %    0.0 %      0.0 %  1,000       0  1,234,567  1.5000
phone   house-model         3   33.3 %   33.3 %     33.3 %    100       0         10  0.5000
–       –                   1    0.0 %    0.0 %      0.0 %      0       0          0       –
────────────────────────────────────────────────────────────────────────────────────────────
total                       5   40.0 %   20.0 %     20.0 %  1,100       0  1,234,577  2.0000

usd by day
2026-11-27  1.5000  ████████████████████████████████████████
2026-11-28  0.5000  █████████████▍

5 requests: 40.0 % metered, 20.0 % partial, 20.0 % unmetered, 20.0 % without use (pages, error responses). Days are of UTC.
Not in these figures: 1 partial request used at least 100 input tokens, 10 output tokens, 0.2500 usd.
Not in these figures: what 1 unmetered request used is not known. A chat stream reports it if the client sets stream_options.include_usage.
${PRICES_NOTE}
`);
  });

  it('a bar chart of tokens if nothing has a price', async () => {
    const { output } = await usage([], { input: lineOf() });
    expect(output).toContain('input and output tokens by day\n2026-11-28  110  █');
  });

  it('the last 31 days if there are more, and says so', async () => {
    const days = Array.from({ length: 40 }, (_, at) =>
      lineOf({ time: new Date(NOW_MS - at * 86_400_000).toISOString() }),
    );
    const { output } = await usage([], { input: days.join('\n') });
    expect(output).toContain('by day, the last 31 of 40\n2026-10-30');
  });

  it('columns for cache writes, reasoning, audio and images only if there are any', async () => {
    const { output } = await usage([], { input: lineOf({ reasoning_tokens: 4, images: 1 }) });
    expect(output.split('\n')[0]).toMatch(/cached {2}output {2}reasoning {2}images +usd$/);
  });

  it('CSV that a spreadsheet reads as text and numbers', async () => {
    const input = lineOf({ token: '=1+1', model: 'a,"b"', usd: 0.000000001 });
    const { output } = await usage(['--csv'], { input });
    const [heading, line] = output.split('\n');
    expect(heading).toMatch(/^token,model,requests,metered,partial,unmetered,input_tokens,/);
    expect(line).toMatch(/^'=1\+1,"a,""b""",1,1,0,0,100,0,0,10,0,0,0,0,0,1e-9,0,/);
  });

  it('no character that would control the terminal', async () => {
    const { output } = await usage([], { input: lineOf({ model: '\u001b[2Jgone\u202e' }) });
    expect(output).toContain('?[2Jgone?');
  });

  it('no secret, even if the log has one', async () => {
    const { output } = await usage([], {
      input: lineOf({ token: 'configured-token-0123' }),
      environment: { ACCESS_TOKENS: 'me:configured-token-0123' },
    });
    expect(output).not.toContain('configured-token');
  });

  it('that lines and fields were left out, and that a row stands for the rest', async () => {
    const models = Array.from({ length: 10_001 }, (_, at) => lineOf({ model: `m${at}` }));
    const { output } = await usage([], { input: ['nonsense', lineOf({ images: -1 }), ...models].join('\n') });
    expect(output).toContain('Left out: 1 line that cannot be read.');
    expect(output).toContain('Left out: 1 field with');
    expect(output).toContain('There are more than 10,000 groups; "(other)" has what came after them.');
    expect(output).toMatch(/^\(other\) +2 /m);
  });

  it('nothing but totals of 0 for an empty log, and a hint', async () => {
    const run = await usage([], { input: '' });
    expect(run).toMatchObject({ status: 0, errors: expect.stringContaining('no request') as string });
    expect(run.output).toMatch(/^total +0 +– /m);
  });
});

describe('npm run usage reads', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'usage-test-'));
  const file = path.join(folder, 'proxy.log');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('a file, standard input and CLS with the same result', async () => {
    writeFileSync(file, `${LINES.join('\n')}\n`);
    const scene = await Scene.start();
    try {
      await scene.deploy();
      const { root, environment } = scene.project;
      const log = { name: 'scf-llm-proxy', region: 'ap-singapore' };
      for (const line of LINES) scene.scf.writeLog(log, line, { timeMs: NOW_MS - 3_600_000 });
      const fromCls = await usage(['--since', '3d'], { root, environment, nowMs: NOW_MS });
      expect(fromCls.errors).toBe('');
      expect(fromCls.output).toBe((await usage([file])).output);
      expect(fromCls.output).toBe((await usage(['-'], { input: LINES.join('\r\n') })).output);
      expect(fromCls.output).toMatch(/^total +5 /m);
    } finally {
      await scene.stop();
    }
  });

  it('only what --since includes', async () => {
    const { output } = await usage(['--since', '24h', '--json'], { input: LINES.join('\n'), nowMs: NOW_MS });
    expect(JSON.parse(output)).toMatchObject({ total: { requests: 4 } });
  });

  it('a line of any length without keeping it', async () => {
    function* endless(): Generator<Buffer> {
      for (let at = 0; at < 100; at++) yield Buffer.alloc(65_536, 'x');
      yield Buffer.from(`\n${lineOf()}`);
    }
    const lengths: number[] = [];
    for await (const { text } of linesOf(Readable.from(endless()))) lengths.push(text.length);
    expect(lengths).toEqual([1_048_576, lineOf().length]);
  });

  it('no file that does not exist', async () => {
    const { status, errors } = await usage([path.join(folder, 'missing')]);
    expect([status, errors]).toEqual([1, expect.stringMatching(/^Cannot read .*missing \(ENOENT\)/)]);
  });
});

it.each([
  ['--since', '1w'],
  ['--by', 'token,colour'],
  ['--by', 'token,token'],
  ['--csv', '--json'],
  ['a', 'b'],
  ['--unknown', ''],
])('npm run usage prints its usage for %s %s', async (...args) => {
  const { status, errors } = await usage(args.filter((argument) => argument !== ''));
  expect(status).toBe(2);
  expect(errors).toContain('npm run usage [-- FILE]');
});

it('npm run usage -- --help prints its usage on standard output', async () => {
  expect(await usage(['--help'])).toMatchObject({
    status: 0,
    output: expect.stringContaining('--by') as string,
  });
});
