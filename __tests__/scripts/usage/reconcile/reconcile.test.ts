import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ServerResponse } from 'node:http';
import { modelOfLineItem } from '../../../../scripts/usage/reconcile/openai-bill';
import { lineOf, usage, type UsageRunOptions } from '../run';
import { ANTHROPIC_KEY, json, OPENAI_KEY, startFakeBills, type FakeBills, type FakeDays } from './fake-bills';

const NOW_MS = Date.parse('2026-11-29T09:30:00Z');
const DAY = '2026-11-27';
const MODEL = 'gpt-5-mini-2025-08-07';
const OPENAI_DAYS: FakeDays = {
  [DAY]: {
    costs: [
      [`${MODEL}, input`, '0.0600000000000000000000000000000000'],
      [`priority | ${MODEL}, output`, '0.94'],
    ],
    tokens: [[MODEL, 80, 20, 10]],
  },
};

const lines: string[] = [];
const line = (fields: Readonly<Record<string, unknown>> = {}) =>
  lines.push(
    lineOf({
      ...{ time: `${DAY}T10:00:00Z`, key: 'openai-1', model: 'gpt-5-mini', model_served: MODEL, usd: 1 },
      ...fields,
    }),
  );

let fake: FakeBills;
beforeEach(() => {
  lines.length = 0;
});
afterEach(() => fake.close());

const reconcile = (args: readonly string[] = [], options: UsageRunOptions = {}) =>
  usage(['--reconcile', ...args], {
    input: lines.join('\n'),
    nowMs: NOW_MS,
    environment: { OPENAI_ADMIN_KEY: OPENAI_KEY },
    billOrigins: fake.origins,
    ...options,
  });

interface Row {
  readonly of: string;
  readonly name: string;
  readonly judgement: string | null;
  readonly [field: string]: unknown;
}
async function rows(options: UsageRunOptions = {}) {
  const run = await reconcile(['--json'], options);
  const { days, models } = JSON.parse(run.output) as { days: Row[]; models: Row[] };
  return { ...run, days, models };
}

describe('npm run usage -- --reconcile', () => {
  it('prints days and models of the log beside the bill, and exits with 0 where they agree', async () => {
    fake = await startFakeBills(OPENAI_DAYS);
    line();
    const { status, output, errors } = await reconcile(['--since', '3d']);
    expect([status, errors]).toEqual([0, '']);
    const [heading = '', , ...table] = output.split('\n');
    expect(heading).toMatch(/^provider +day +requests +metered +our usd +billed usd +difference +our tokens/);
    expect(table[1]?.split(/ {2,}/)).toEqual([
      ...['openai', DAY, '1', '100.0 %', '1.0000', '1.0000', '0.00 %', '110', '110', '0.00 %'],
    ]);
    expect(output).toMatch(new RegExp(`openai +${MODEL} +1 +100.0 % +1.0000 +1.0000 +0.00 %`));
    expect(output).toContain('1 fully metered day agrees with the bill within 1 %.');
    expect(output).not.toContain('Not judged');
  });

  it('asks for whole days of UTC that are over, and follows the pages of both APIs', async () => {
    const days = { '2026-11-22': { costs: [['claude-haiku-4-5-20251001', '0.5']] } } as const;
    fake = await startFakeBills({}, { ...days, '2026-11-29': { costs: [['claude-x', '9']] } });
    line({
      time: '2026-11-22T00:00:00Z',
      provider: 'anthropic',
      model_served: 'claude-haiku-4-5-20251001',
      usd: 0.5,
    });
    line({ time: '2026-11-29T08:00:00Z', provider: 'anthropic' });
    line({ time: '2026-11-21T23:59:59Z', provider: 'anthropic' });
    const {
      status,
      days: compared,
      models,
    } = await rows({ environment: { ANTHROPIC_ADMIN_KEY: ANTHROPIC_KEY } });
    expect(status).toBe(0);
    expect(compared).toHaveLength(7);
    expect(compared[0]).toMatchObject({
      name: '2026-11-22',
      our_usd: 0.5,
      billed_usd: 0.5,
      judgement: 'agrees',
    });
    expect(models).toHaveLength(1);
    expect(fake.urls).toHaveLength(8); // four pages of two days each, of costs and of usage
    expect(fake.urls[0]).toContain('starting_at=2026-11-22T00%3A00%3A00Z&ending_at=2026-11-29T00%3A00%3A00Z');
  });

  it('takes Anthropic’s decimal texts for cents, and its input for what is beside the cache', async () => {
    const model = 'claude-haiku-4-5-20251001';
    const day = {
      costs: [
        [model, '1.2345'],
        ['Web Search Usage', '0.01'],
      ],
      tokens: [[model, 100, 40, 7]],
    } as const;
    fake = await startFakeBills({}, { [DAY]: day });
    const { models } = await rows({ environment: { ANTHROPIC_ADMIN_KEY: ANTHROPIC_KEY } });
    expect(models).toMatchObject([
      { name: model, billed_usd: 1.2345, billed_tokens: 147, our_usd: null, our_tokens: null },
      { name: 'Web Search Usage', billed_usd: 0.01, billed_tokens: null },
    ]);
  });

  it.each([
    ['within one per cent', { usd: 1.0099 }, 0, 'agrees', 'agrees with the bill'],
    ['more than the bill', { usd: 1.02 }, 1, 'differs', 'free tokens'],
    ['less than the bill', { usd: 0.98 }, 1, 'differs', 'other users and projects of the same organisation'],
    ['partial', { usd: 0.5, meter: 'partial' }, 0, 'not judged', 'partial, unmetered or unpriced'],
    ['unmetered', { usd: undefined, meter: 'unmetered' }, 0, 'not judged', 'include_usage'],
    ['unpriced', { usd: undefined, model: 'x', model_served: 'x' }, 0, 'not judged', 'PRICES'],
  ])('judges a day that is %s', async (_what, fields, expected, judgement, words) => {
    fake = await startFakeBills(OPENAI_DAYS);
    line(fields);
    const { status, days } = await rows();
    expect([status, days.find(({ name }) => name === DAY)?.judgement]).toEqual([expected, judgement]);
    expect((await reconcile()).output).toContain(words);
  });

  it('takes a day that is used and not billed for a difference', async () => {
    fake = await startFakeBills({});
    line();
    const { status, output } = await reconcile();
    expect(status).toBe(1);
    expect(output).toMatch(new RegExp(`${DAY} .* not billed`));
  });

  it('does not judge a day that the log has nothing of, and names it', async () => {
    fake = await startFakeBills(OPENAI_DAYS);
    const { status, output } = await reconcile();
    expect(status).toBe(0);
    expect(output).toContain(`1 day with a bill and no request in the log (openai ${DAY})`);
  });

  it('leaves out requests with a key of the client’s own, and says how many', async () => {
    fake = await startFakeBills(OPENAI_DAYS);
    line();
    line({ key: undefined });
    const { status, output } = await reconcile();
    expect(status).toBe(0);
    expect(output).toContain("Left out: 1 request with a key of the client's own");
  });

  it('prints CSV with a line a day and a line a model', async () => {
    fake = await startFakeBills(OPENAI_DAYS);
    line();
    const { output } = await reconcile(['--csv', '--since', '2d']);
    expect(output.split('\n')).toEqual([
      'of,provider,name,requests,metered,unpriced,our_usd,billed_usd,usd_difference_percent,our_tokens,billed_tokens,tokens_difference_percent,judgement',
      `day,openai,${DAY},1,1,0,1,1,0,110,110,0,agrees`,
      'day,openai,2026-11-28,0,0,0,,0,,,0,,not judged',
      `model,openai,${MODEL},1,1,0,1,1,0,110,110,0,`,
      '',
    ]);
  });
});

describe('npm run usage -- --reconcile explains, and repeats no key,', () => {
  const html = (response: ServerResponse) => response.writeHead(200).end('<html>');
  it.each<[string, (response: ServerResponse, url: URL) => unknown, string]>([
    [
      'a wrong key',
      (response) => json(response, 401, { error: { message: `Wrong: ${OPENAI_KEY}` } }),
      'OPENAI_ADMIN_KEY must be an admin key',
    ],
    [
      'a key cut by the quotation',
      (response) => json(response, 401, { error: { message: 'x'.repeat(190) + OPENAI_KEY } }),
      'admin-keys',
    ],
    [
      'a key that is no admin key',
      (response) => json(response, 403, { error: { message: 'Missing scopes: api.usage.read' } }),
      'is not an admin key',
    ],
    ['no organisation', (response) => json(response, 404, {}), 'may have no organisation'],
    [
      'too many calls',
      (response) => response.writeHead(429, { 'retry-after': '20' }).end('{}'),
      'Wait 20 seconds',
    ],
    ['a failure there', (response) => response.writeHead(503).end(), 'run the command again later'],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      'responded with 302',
    ],
    ['a page of something else', html, 'documented form'],
    ['a list in place of a page', (response) => json(response, 200, []), 'documented form'],
    ['a bucket that is a text', (response) => json(response, 200, { data: ['x'] }), 'documented form'],
    [
      'a bucket without a time',
      (response) => json(response, 200, { data: [{ results: [] }] }),
      'documented form',
    ],
    ['an amount in another currency', costOf({ value: 1, currency: 'eur' }), 'documented form'],
    ['an amount that is a word', costOf({ value: 'NaN', currency: 'usd' }), 'documented form'],
    ['an amount beyond all bounds', costOf({ value: 1e18, currency: 'usd' }), 'documented form'],
    [
      'a next page without a name',
      (response) => json(response, 200, { data: [], has_more: true }),
      'documented form',
    ],
    [
      'a page that follows itself',
      (response) => json(response, 200, { data: [], has_more: true, next_page: 'p' }),
      'pages without end',
    ],
    [
      'pages without end',
      (response) => json(response, 200, { data: [], has_more: true, next_page: `p${fake.urls.length}` }),
      'pages without end',
    ],
    [
      'a response without end',
      (response) => response.writeHead(200).end(Buffer.alloc(17 * 1024 * 1024, 'x')),
      'more than 16 MB',
    ],
    ['a connection that breaks', (response) => response.destroy(), 'out of reach (ECONNRESET)'],
  ])('%s', async (_what, respond, remedy) => {
    fake = await startFakeBills({});
    fake.respond = respond;
    const { status, output, errors } = await reconcile();
    expect([status, output]).toEqual([1, '']);
    expect(errors).toContain(remedy);
    expect(errors).not.toMatch(/planted|sk-admin/);
    expect(fake.urls.length).toBeLessThan(100);
  });

  it('one bill that cannot be read, and compares the other', async () => {
    fake = await startFakeBills(OPENAI_DAYS);
    line();
    const environment = { OPENAI_ADMIN_KEY: OPENAI_KEY, ANTHROPIC_ADMIN_KEY: 'sk-ant-api-planted-0123' };
    const { status, output, errors } = await reconcile([], { environment });
    expect(status).toBe(1);
    expect(errors).toContain('ANTHROPIC_ADMIN_KEY must be an admin key');
    expect(output).toContain('agrees with the bill');
    expect(output + errors).not.toContain('planted');
  });

  it.each([
    ['no key', {}, 'OPENAI_ADMIN_KEY for OpenAI: https://'],
    ['a key with a line break inside', { OPENAI_ADMIN_KEY: 'sk-planted\nkey' }, 'characters that no key has'],
  ])('%s, without a call', async (_what, environment, remedy) => {
    fake = await startFakeBills({});
    const { status, errors } = await reconcile([], { environment });
    expect(status).toBe(2);
    expect(errors).toContain(remedy);
    expect(errors).not.toContain('planted');
    expect(fake.urls).toEqual([]);
  });

  it('a key in .env, which is for deployments', async () => {
    fake = await startFakeBills({});
    const root = mkdtempSync(path.join(os.tmpdir(), 'reconcile-'));
    writeFileSync(path.join(root, '.env'), `OPENAI_ADMIN_KEY=${OPENAI_KEY}\n`);
    const { status, errors } = await reconcile([], { environment: {}, root });
    rmSync(root, { recursive: true });
    expect(status).toBe(2);
    expect(errors).toContain('OPENAI_ADMIN_KEY is in .env');
    expect(errors).not.toContain('planted');
  });

  it.each([[['--by', 'day']], [['--since', '181d']]])('itself for %j', async (args) => {
    fake = await startFakeBills({});
    const { status, errors } = await reconcile(args);
    expect(status).toBe(2);
    expect(errors).toContain('--reconcile');
  });
});

describe('The model of a line item', () => {
  it.each([
    ['gpt-5-mini-2025-08-07, cached input', 'gpt-5-mini-2025-08-07'],
    ['priority | gpt-5.6-sol, output, long context', 'gpt-5.6-sol'],
    ['gpt-image-2.5-flare image, output', 'gpt-image-2.5-flare'],
    ['web search tool calls', 'web search tool calls'],
    ['', ''],
  ])('of %j is %j', async (item, model) => {
    fake = await startFakeBills({});
    expect(modelOfLineItem(item)).toBe(model);
  });
});

function costOf(amount: unknown) {
  return (response: ServerResponse) => {
    json(response, 200, { data: [{ start_time: NOW_MS / 1_000, results: [{ amount, line_item: 'x' }] }] });
  };
}
