/// <reference lib="dom" />
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startFakeUpstream, type FakeUpstream } from '../../scripts/fakes/fake-upstream';
import { createFormat, DASH } from '../../src/pages/console-app/texts/format';
import { APP_TEXTS, fill, textOf } from '../../src/pages/console-app/texts/texts';
import { signToken } from '../../src/proxy/tokens/signed-tokens';
import { send, until } from '../helpers/http';
import { startBundle, type LogLine, type RunningBundle } from '../helpers/proxies';
import {
  costIn,
  countedLines,
  groupedBy,
  hasFailed,
  sumsOf,
  tokensIn,
  valueAt,
  type LogSums,
} from './log-sums';
import { loadVariables, MixedLoad, PRICES } from './mixed-load';
import { CHROMIUM, closePages, openPage } from './open-page';
import { chartTableOf, legendOf, rowsOf, statsOf } from './read-page';

/** Every figure that the console shows after a mixed load is compared with the sum over the log's lines. */
const REQUESTS = 2_000;
const WRONG_TOKENS = 4;
/** What the console lists. */
const LISTED = 300;
/** Requests that come a second later, so that not all that are listed are of one second. */
const LATE = 150;
const SEED = 20_261_129;
const ADMIN = 'admin-figures-0123456789';
const SECRET = 'secret-of-the-figures-0123456789abcdef';
const SIGNED = signToken(
  {
    name: 'dora',
    issuedAt: Math.floor(Date.now() / 1_000),
    limits: { money: { nanoUsd: 500e9, period: 'month' } },
  },
  SECRET,
);
const TOKENS = ['anna', 'ben', 'cleo'].map((name) => ({ name, token: `tok-${name}-0123456789abcdef` }));

const { en: TEXTS } = APP_TEXTS;
const FORMAT = createFormat(TEXTS.tag);

jest.setTimeout(60_000);

let upstream: FakeUpstream;
let load: MixedLoad;
let bundle: RunningBundle;
let browser: Browser;
let complaints: string[];

const lines = () => countedLines(bundle.log);
const sums = (of: readonly LogLine[]) => sumsOf(of, PRICES);

beforeAll(async () => {
  upstream = await startFakeUpstream();
  load = new MixedLoad(SEED);
  upstream.respond(load.respond);
  bundle = await startBundle({
    ...loadVariables(upstream.origin),
    ACCESS_TOKENS: TOKENS.map(({ name, token }) => `${name}:${token}`).join(','),
    TOKEN_SECRET: SECRET,
    ADMIN_TOKEN: ADMIN,
    EGRESS_GUARD: 'off',
    DAILY_CAP_USD: '500',
    LOG_LEVEL: 'debug', // with a line for each attempt
  });
  const tokens = [SIGNED, ...TOKENS.map(({ token }) => token)] as const;
  await load.send(bundle.url, REQUESTS - LATE, tokens);
  await sleep(1_100);
  await load.send(bundle.url, LATE, tokens);
  for (let at = 0; at < WRONG_TOKENS; at++)
    await send(bundle.url, '/v1/chat/completions', {
      headers: { authorization: `Bearer wrong-token-0123456789-${at}` },
      body: '{}',
    });
  await until('all requests are logged', () => lines().length === REQUESTS);
  browser = await chromium.launch(CHROMIUM);
}, 60_000);
afterAll(async () => {
  await browser.close();
  load.close();
  await bundle.stop();
  await upstream.close();
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await closePages(browser);
  expect(complaints).toEqual([]);
});

async function openView(view: string): Promise<Page> {
  const page = await openPage(browser, `${bundle.url}/#${ADMIN}`, complaints);
  await page.waitForSelector('nav');
  await page.goto(`${bundle.url}/#/${view}`);
  await page.waitForSelector(`nav [href="#/${view}"][aria-current]`);
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  return page;
}

/** As the page writes the use of one token: its requests and what they cost. */
const useText = ({ requests, nanoUsd }: LogSums) => `${FORMAT.number(requests)} · ${FORMAT.money(nanoUsd)}`;

/** What became of a request, in words. */
function outcomeIn(line: LogLine): string {
  const { outcomes } = TEXTS.requests;
  const [, status] = /^upstream-(\d+)$/.exec(textIn(line, 'outcome')) ?? [];
  return status === undefined
    ? textOf(outcomes, textIn(line, 'outcome'))
    : fill(outcomes.upstream, { status });
}

const textIn = (line: LogLine, name: string) => String(line[name]);
const numberIn = (line: LogLine, name: string) =>
  line[name] === undefined || line[name] === null ? null : Number(line[name]);

it('the load has everything in it that a figure could miss', () => {
  const { errors, metered, partial, unmetered, unpriced } = sums(lines());
  for (const some of [errors, metered, partial, unmetered, unpriced]) expect(some).toBeGreaterThan(20);
  const kinds = new Set(lines().map(({ status, outcome }) => `${String(status)} ${String(outcome)}`));
  for (const kind of [
    '200 complete',
    '200 caller-left',
    '200 failed-in-stream',
    '429 upstream-429',
    '499 caller-left',
    '500 upstream-500',
  ])
    expect([...kinds]).toContain(kind);
  const attempts = bundle.log.filter(({ msg }) => msg === 'attempt');
  for (const status of [200, 401, 429, 500])
    expect(attempts.some((line) => line['status'] === status)).toBe(true);
});

describe('the overview', () => {
  it('has the sums of the day', async () => {
    const page = await openView('overview');
    const today = sums(lines());
    const { overview } = TEXTS;
    const stats = await statsOf(page);
    expect(stats[overview.requests]?.[0]).toBe(FORMAT.number(today.requests));
    expect(stats[overview.tokens]?.slice(0, 2)).toEqual([
      FORMAT.number(today.tokens),
      fill(overview.inOut, { in: FORMAT.number(today.input), out: FORMAT.number(today.output) }),
    ]);
    expect(stats[overview.cost]?.slice(0, 2)).toEqual([
      FORMAT.money(today.nanoUsd),
      fill(overview.unpriced, { count: FORMAT.number(today.unpriced) }),
    ]);
    expect(stats[overview.errors]?.slice(0, 2)).toEqual([
      FORMAT.percent(today.errors / today.requests),
      `${FORMAT.number(today.errors)} / ${FORMAT.number(today.requests)}`,
    ]);
  });

  it('has the time to the first token, but for the width of its classes', async () => {
    const page = await openView('overview');
    const { overview } = TEXTS;
    const [median, slow] = (await statsOf(page))[overview.firstToken] ?? [];
    const times = lines().flatMap((line) => numberIn(line, 'ttft_ms') ?? []);
    expect(times.length).toBeGreaterThan(500);
    for (const [text, share] of [
      [median, 0.5],
      [slow, 0.95],
    ] as const) {
      const shown = durationIn(text ?? '');
      const exact = Math.max(30, valueAt(times, share)); // what is shorter is of the first class
      expect(Math.abs(shown - exact)).toBeLessThanOrEqual(exact * 0.1 + 1); // whole ms
    }
  });

  it('has the sums of each model, token and provider in its chart, whatever it shows', async () => {
    const page = await openView('overview');
    const { overview } = TEXTS;
    const choose = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const names = {
      model: ({ meter, model }: LogLine) => (meter === undefined ? overview.noName : String(model)),
      token: (line: LogLine) => textIn(line, 'token'),
      provider: (line: LogLine) => textIn(line, 'provider'),
    };
    const measures = [
      [overview.requests, ({ requests }: LogSums) => requests, FORMAT.number],
      [overview.tokens, ({ tokens }: LogSums) => tokens, FORMAT.compact],
      [overview.cost, ({ nanoUsd }: LogSums) => nanoUsd ?? 0, FORMAT.money],
      [overview.errors, ({ errors }: LogSums) => errors, FORMAT.number],
    ] as const;
    for (const range of [overview.hours, overview.days]) {
      await choose(range);
      await page.waitForSelector('.legend');
      for (const by of ['model', 'token', 'provider'] as const) {
        await choose(overview[by]);
        const groups = [...groupedBy(lines(), names[by])].map(([name, of]) => [name, sums(of)] as const);
        for (const [measure, valueOf, text] of measures) {
          await choose(measure);
          const expected = Object.fromEntries([
            [overview.legendTotal, text(valueOf(sums(lines())))],
            ...groups.map(([name, of]) => [name, text(valueOf(of))]),
          ]) as unknown;
          expect([range, by, measure, await legendOf(page)]).toEqual([range, by, measure, expected]);
        }
        for (const [name, values] of Object.entries(await chartTableOf(page))) {
          if (name === overview.time) continue;
          const failed = groups.find(([one]) => one === name)?.[1].errors;
          expect([name, values.reduce((all, text) => all + Number(text.replace(',', '')), 0)]).toEqual([
            name,
            failed,
          ]);
        }
      }
    }
  });

  it('has the metered share, and who is unmetered', async () => {
    const page = await openView('overview');
    const { overview } = TEXTS;
    const { metered, partial, unmetered } = sums(lines());
    const card = page.locator('section[aria-labelledby=metered]');
    expect(await card.locator('.figure').textContent()).toBe(
      FORMAT.percent(metered / (metered + partial + unmetered)),
    );
    expect(await card.locator('p.small').textContent()).toBe(
      [
        `${overview.fully} ${FORMAT.number(metered)}`,
        `${overview.partly} ${FORMAT.number(partial)}`,
        `${overview.unknown} ${FORMAT.number(unmetered)}`,
      ].join(' · '),
    );
    const rows = await rowsOf(page, overview.metered);
    expect(rows).toHaveLength(20);
    const groups = groupedBy(
      lines().filter(({ meter }) => meter !== undefined),
      (line) => [line['token'], line['model'], line['provider']].join(' '),
    );
    for (const row of rows) {
      const of = sums(
        groups.get([row[overview.token], row[overview.model], row[overview.provider]].join(' ')) ?? [],
      );
      expect(row).toMatchObject({
        [overview.requests]: FORMAT.number(of.requests),
        [overview.metered]: fill(overview.unmeteredRow, {
          partial: FORMAT.number(of.partial),
          unmetered: FORMAT.number(of.unmetered),
        }),
      });
    }
  });
});

describe('the tokens', () => {
  it('have the sums of each, today and this month, and what is charged to their limits', async () => {
    const page = await openView('tokens');
    const rows = await rowsOf(page, TEXTS.tokens.heading);
    const groups = groupedBy(lines(), (line) => textIn(line, 'token'));
    expect(rows.map((row) => row[TEXTS.tokens.name]?.split(' ')[0]).sort()).toEqual(
      [...groups.keys()].sort(),
    );
    for (const row of rows) {
      const name = row[TEXTS.tokens.name]?.split(' ')[0] ?? '';
      const of = groups.get(name) ?? [];
      expect([name, row[TEXTS.tokens.today], row[TEXTS.tokens.month]]).toEqual([
        name,
        useText(sums(of)),
        useText(sums(of)),
      ]);
      const charged = of.reduce((all, line) => all + Math.round(Number(line['charged_usd'] ?? 0) * 1e9), 0);
      const ofLimit = fill(TEXTS.common.of, { used: FORMAT.money(charged), limit: FORMAT.money(500e9) });
      expect(row[TEXTS.tokens.limits]).toBe(`${ofLimit} ${TEXTS.limits[name === 'dora' ? 'month' : 'day']}`);
    }
  });
});

describe('the keys', () => {
  it('have the attempts of each, how many failed through it, and how many are ready', async () => {
    const page = await openView('keys');
    const { keys } = TEXTS;
    const attempts = bundle.log.filter(({ msg }) => msg === 'attempt');
    const listed = lines().slice(-LISTED);
    const providers = groupedBy(attempts, (line) => textIn(line, 'provider'));
    let count = 0;
    for (const [provider, of] of providers) {
      const rows = await rowsOf(page, provider);
      const byKey = groupedBy(of, (line) => textIn(line, 'key'));
      for (const row of rows) {
        const alias = row[keys.key] ?? '';
        const own = byKey.get(alias) ?? [];
        const failed = own.filter(({ status }) => status === 401 || status === 429).length;
        expect([alias, row[keys.requests], row[keys.errorShare]]).toEqual([
          alias,
          FORMAT.number(own.length),
          FORMAT.percent(own.length === 0 ? null : failed / own.length),
        ]);
        const isRevoked = alias.startsWith('…oked');
        expect([alias, row[keys.state], row[keys.reason]]).toEqual([
          alias,
          ...(isRevoked ? [keys.states.out, keys.reasons.invalid] : [keys.states.live, DASH]),
        ]);
        expect([alias, latencyTexts(listed, provider, alias)]).toEqual([
          alias,
          expect.arrayContaining([row[keys.latency]]),
        ]);
        count += own.length;
      }
      const ready = rows.filter((row) => row[keys.state] === keys.states.live).length;
      expect(
        await page.locator(`section[aria-labelledby="keys-${provider}"] .card-head .pill`).textContent(),
      ).toBe(fill(keys.ready, { ready: String(ready), total: String(rows.length) }));
    }
    expect(count).toBe(attempts.length);
  });
});

/** The latency of a key as it may be written: the log has tenths of a millisecond, the page whole ones of what it had before. */
function latencyTexts(listed: readonly LogLine[], provider: string, alias: string): readonly string[] {
  const times = listed
    .filter(
      (line) =>
        line['provider'] === provider &&
        line['key'] === alias &&
        (line['outcome'] === 'caller-left' ||
          !hasFailed(line) ||
          /^upstream-\d+$|^failed-in-stream$/.test(textIn(line, 'outcome'))),
    )
    .flatMap((line) => numberIn(line, 'first_byte_ms') ?? []);
  if (times.length === 0) return [DASH];
  const around = (share: number) =>
    [-0.05, 0.05].map((off) => FORMAT.duration(Math.round(valueAt(times, share) + off)));
  return around(0.5).flatMap((median) =>
    around(0.95).map((slow) => `${median} · ${fill(TEXTS.keys.p95, { value: slow })}`),
  );
}

/** In ms. */
function durationIn(text: string): number {
  const [, number = 'NaN', unit = ''] = /([\d.,]+)\s?(ms|s|m)\b/.exec(text) ?? [];
  return Number(number.replace(',', '')) * ({ ms: 1, s: 1_000, m: 60_000 }[unit] ?? NaN);
}

describe('the requests', () => {
  const showAll = async (page: Page) => {
    await page.waitForSelector('tbody tr');
    for (let left = LISTED; left > 100; left -= 100)
      await page.getByRole('button', { name: TEXTS.common.more }).click();
  };
  const rows = (page: Page) => rowsOf(page, TEXTS.requests.heading);
  /** The newest first. */
  const listed = () => lines().slice(-LISTED).reverse();

  it('are the last of the log, each with its figures', async () => {
    const page = await openView('requests');
    await showAll(page);
    const { requests } = TEXTS;
    const shown = await rows(page);
    expect(shown.map(({ opener }) => opener)).toEqual(
      listed().map((line) => fill(requests.open, { id: textIn(line, 'request_id') })),
    );
    for (const [at, line] of listed().entries()) {
      const code = line['upstream_error'] === undefined ? '' : textIn(line, 'upstream_error');
      const { meter } = line;
      const speed = numberIn(line, 'tokens_per_second');
      expect(shown[at]).toMatchObject({
        [requests.token]: line['token'],
        [requests.model]: line['model'] ?? DASH,
        [requests.provider]: line['provider'],
        [requests.status]: textIn(line, 'status'),
        [requests.outcome]: outcomeIn(line) + code,
        [requests.tokens]: FORMAT.number(
          meter === undefined || line['input_tokens'] === undefined ? null : tokensIn(line),
        ),
        [requests.cost]: FORMAT.money(costIn(line, PRICES) ?? null),
        [requests.firstToken]: FORMAT.duration(numberIn(line, 'ttft_ms')),
        [requests.duration]: FORMAT.duration(numberIn(line, 'ms')),
        [requests.speed]: FORMAT.number(speed === null ? null : Math.round(speed)),
      });
    }
  });

  it('are filtered by every column', async () => {
    const page = await openView('requests');
    await showAll(page);
    const { requests } = TEXTS;
    const [all, of] = [await rows(page), listed()];
    const atLeast = (valueOf: (line: LogLine) => number | null | undefined) => {
      const values = of.flatMap((line) => valueOf(line) ?? []);
      const least = valueAt(values, 0.6);
      return [String(least), of.filter((line) => (valueOf(line) ?? -1) >= least).length] as const;
    };
    const having = (text: string, valueOf: (line: LogLine) => string) => {
      const matches = (line: LogLine) => valueOf(line).toLowerCase().includes(text.toLowerCase());
      return [text, of.filter(matches).length] as const;
    };
    const time = all[LISTED / 2]?.[requests.time] ?? '';
    const filters: readonly (readonly [string, readonly [string, number]])[] = [
      [requests.time, [time, all.filter((row) => row[requests.time] === time).length]],
      [requests.token, having('Ann', (line) => textIn(line, 'token'))],
      [requests.model, having('small', (line) => textIn(line, 'model'))],
      [requests.provider, having('open', (line) => textIn(line, 'provider'))],
      [requests.status, having('500', (line) => textIn(line, 'status'))],
      [requests.outcome, having('client left', outcomeIn)],
      [
        requests.tokens,
        atLeast((line) =>
          line['meter'] === undefined || line['input_tokens'] === undefined ? null : tokensIn(line),
        ),
      ],
      [
        requests.cost,
        atLeast((line) => {
          const cost = costIn(line, PRICES);
          return cost === undefined ? null : cost / 1e9;
        }),
      ],
      [requests.firstToken, atLeast((line) => numberIn(line, 'ttft_ms'))],
      [requests.duration, atLeast((line) => numberIn(line, 'ms'))],
      [requests.speed, atLeast((line) => numberIn(line, 'tokens_per_second'))],
    ];
    expect(filters.map(([column]) => column)).toEqual(Object.keys(all[0] ?? {}).slice(1)); // every one
    for (const [column, [text, count]] of filters) {
      await page.getByLabel(fill(requests.filterBy, { column }), { exact: true }).fill(text);
      expect([column, text, await page.locator('.opener').count()]).toEqual([column, text, count]);
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(LISTED);
      await page.getByRole('button', { name: requests.clear }).click();
    }
    expect(await page.locator('.opener').count()).toBe(LISTED);
  });

  it('move on as new ones come, and keep to their number', async () => {
    const page = await openView('requests');
    await showAll(page);
    await page.waitForSelector('.live .good');
    const before = lines().length;
    await load.send(bundle.url, 40, [TOKENS[0]?.token ?? '']);
    await until('they are logged', () => lines().length === before + 40);
    const newest = fill(TEXTS.requests.open, { id: textIn(listed()[0] ?? {}, 'request_id') });
    await page.waitForFunction(
      (label) => document.querySelector('tbody .opener')?.getAttribute('aria-label') === label,
      newest,
    );
    expect((await rows(page)).map(({ opener }) => opener)).toEqual(
      listed().map((line) => fill(TEXTS.requests.open, { id: textIn(line, 'request_id') })),
    );
    expect(await page.getByRole('button', { name: TEXTS.common.more }).count()).toBe(0);
  });
});
