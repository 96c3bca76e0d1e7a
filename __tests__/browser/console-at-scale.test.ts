/// <reference lib="dom" />
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { startFakeUpstream, type FakeUpstream, type Responder } from '../../scripts/fakes/fake-upstream';
import { MAX_REST_ROWS, MAX_ROWS } from '../../src/books/book-rows';
import { createFormat } from '../../src/pages/console-app/texts/format';
import { APP_TEXTS, fill } from '../../src/pages/console-app/texts/texts';
import { until } from '../helpers/http';
import { startBundle, type LogLine, type RunningBundle } from '../helpers/proxies';
import { countedLines, groupedBy, sumsOf, type LogSums, type Prices } from './log-sums';
import { CHROMIUM, closePages, openPage, tooWide } from './open-page';
import { legendOf, rowsOf, statsOf } from './read-page';

/** The console of an instance with more tokens, keys and models than a page can hold. */
const TOKENS = 10_000;
const KEYS = { openai: 500, groq: 40 };
const MODELS = { openai: 3_000, groq: 2_000 };
const ADMIN = 'admin-at-scale-0123456789';
const AT_ONCE = 64;
const PRICES: Prices = { 'model-0': [1, 2], 'model-1': [0.5, 4] };

const { en: TEXTS } = APP_TEXTS;
const FORMAT = createFormat(TEXTS.tag);

const nameOf = (at: number) => `t${String(at).padStart(5, '0')}`;
const tokenOf = (at: number) => `tok-${nameOf(at)}-0123456789`;

jest.setTimeout(60_000);

let upstreams: Readonly<Record<keyof typeof MODELS, FakeUpstream>>;
let folder: string;
let bundle: RunningBundle;
let browser: Browser;
let complaints: string[];

const lines = () => countedLines(bundle.log);
const sums = (of: readonly LogLine[]) => sumsOf(of, PRICES);

/** A list of models, or a chat whose usage differs from one model to the next. */
const respondFrom =
  (provider: keyof typeof MODELS): Responder =>
  (_request, response, { url, body }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.endsWith('/models')) {
      const data = Array.from({ length: MODELS[provider] }, (_, at) => ({
        id: `${provider}-model-${at}`,
        object: 'model',
      }));
      response.end(JSON.stringify({ object: 'list', data }));
    } else if (body.length === 0) response.end('{}');
    else {
      const { model } = JSON.parse(body.toString()) as { model: string };
      const [input, output] = [100 + Number(model.split('-')[1]), 7];
      const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
      response.end(
        JSON.stringify({
          object: 'chat.completion',
          model,
          choices: [{ message: { content: 'Hi' } }],
          usage,
        }),
      );
    }
  };

/** One chat of each token, by turns of 20 models. */
async function useAllTokens(): Promise<void> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let next = 0;
  const client = async () => {
    for (let at = next++; at < TOKENS; at = next++) {
      await new Promise<void>((resolve, reject) => {
        const headers = { authorization: `Bearer ${tokenOf(at)}`, 'content-type': 'application/json' };
        http
          .request(`${bundle.url}/v1/chat/completions`, { method: 'POST', agent, headers }, (response) => {
            response.resume().on('end', resolve);
          })
          .on('error', reject)
          .end(JSON.stringify({ model: `model-${at % 20}`, messages: [] }));
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
}

beforeAll(async () => {
  const [openai, groq] = await Promise.all([startFakeUpstream(), startFakeUpstream()]);
  upstreams = { openai, groq };
  for (const [name, upstream] of Object.entries(upstreams))
    upstream.respond(respondFrom(name as keyof typeof MODELS));
  folder = mkdtempSync(path.join(tmpdir(), 'console-at-scale-'));
  const file = path.join(folder, 'proxy.yaml');
  const keys = (provider: keyof typeof KEYS) =>
    Array.from({ length: KEYS[provider] }, (_, at) => `planted-key-of-${provider}-${at}`);
  writeFileSync(
    file,
    JSON.stringify({
      ACCESS_TOKENS: Object.fromEntries(Array.from({ length: TOKENS }, (_, at) => [nameOf(at), tokenOf(at)])),
      OPENAI_API_KEYS: keys('openai'),
      GROQ_API_KEYS: keys('groq'),
      PRICES: 'model-0=1/2,model-1=0.5/4',
    }),
  );
  bundle = await startBundle({
    CONFIG_FILE: file,
    OPENAI_UPSTREAM: openai.origin,
    GROQ_UPSTREAM: groq.origin,
    ADMIN_TOKEN: ADMIN,
    EGRESS_GUARD: 'off',
  });
  await useAllTokens();
  await until('all requests are logged', () => lines().length === TOKENS);
  browser = await chromium.launch(CHROMIUM);
}, 120_000);
afterAll(async () => {
  await browser.close();
  await bundle.stop();
  await Promise.all(Object.values(upstreams).map((upstream) => upstream.close()));
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  await closePages(browser);
  expect(complaints).toEqual([]);
});

/** A page as on a phone, which nothing overflows and whose main thread answers. */
async function openPhone(token: string, view = ''): Promise<Page> {
  const page = await openPage(browser, `${bundle.url}/#${token}`, complaints, {
    viewport: { width: 360, height: 800 },
  });
  await page.waitForSelector('.who, .view-head', { state: 'attached' });
  if (view !== '') await page.goto(`${bundle.url}/#/${view}`);
  await page.waitForFunction(
    () => document.querySelector('.view-head') && !document.querySelector('.skeleton'),
  );
  return page;
}

async function expectFit(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  expect(await tooWide(page)).toEqual([false]);
}

/** As the page writes the use of one token. */
const useText = ({ requests, nanoUsd }: LogSums) => `${FORMAT.number(requests)} · ${FORMAT.money(nanoUsd)}`;

it('the overview has the sums of all, the largest lines, and the rest as one', async () => {
  const page = await openPhone(ADMIN, 'overview');
  const { overview } = TEXTS;
  const all = sums(lines());
  const stats = await statsOf(page);
  expect([overview.requests, overview.tokens, overview.cost].map((label) => stats[label]?.[0])).toEqual([
    FORMAT.number(all.requests),
    FORMAT.number(all.tokens),
    FORMAT.money(all.nanoUsd),
  ]);
  await page.getByRole('button', { name: overview.requests, exact: true }).click();
  for (const by of ['model', 'token'] as const) {
    await page.getByRole('button', { name: overview[by], exact: true }).click();
    const { [overview.legendTotal]: total, ...parts } = await legendOf(page);
    expect(total).toBe(FORMAT.number(TOKENS));
    expect(Object.keys(parts)).toHaveLength(12);
    expect(Object.keys(parts).at(-1)).toBe(overview.other);
    expect(Object.values(parts).reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0)).toBe(
      TOKENS,
    );
  }
  await expectFit(page);
});

it('the tokens come by pages, are found by name, and a note says what has no row in the books', async () => {
  const page = await openPhone(ADMIN, 'tokens');
  const { tokens } = TEXTS;
  const rows = () => rowsOf(page, tokens.heading);
  const byToken = groupedBy(lines(), (line) => String(line['token']));
  // Those that came first have a row of their own.
  const withRow = new Set([...byToken.keys()].slice(0, MAX_ROWS + MAX_REST_ROWS));
  const useOf = (name: string) => useText(sums(withRow.has(name) ? (byToken.get(name) ?? []) : []));
  const nameIn = (row: Readonly<Record<string, string>>) => row[tokens.name]?.split(' ')[0] ?? '';
  const expectRows = async (from: number, count: number) => {
    const shown = await rows();
    expect(shown.map((row) => [nameIn(row), row[tokens.today], row[tokens.month]])).toEqual(
      Array.from({ length: count }, (_, at) => nameOf(from + at)).map((name) => [
        name,
        useOf(name),
        useOf(name),
      ]),
    );
  };
  await expectRows(0, 100);
  expect(await page.locator('section[aria-labelledby=token-list]').textContent()).toContain(
    fill(TEXTS.common.shown, { shown: '100', total: FORMAT.number(TOKENS) }),
  );
  const rest = sums(lines().filter(({ token }) => !withRow.has(String(token))));
  const [count, cost] = [FORMAT.number(rest.requests), FORMAT.money(rest.nanoUsd)];
  expect(rest.requests).toBe(TOKENS - MAX_ROWS - MAX_REST_ROWS);
  expect(await page.locator('#tokens-rest').textContent()).toBe(
    fill(tokens.rest, { today: count, todayCost: cost, month: count, monthCost: cost }),
  );
  await page.getByRole('button', { name: TEXTS.common.more }).click();
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 200);
  await expectRows(0, 200);
  await expectFit(page);
  await page.getByLabel(TEXTS.common.filter, { exact: true }).fill('t0777');
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 10);
  await expectRows(7_770, 10);
});

it('the keys are as many as can be listed, and all of them are counted', async () => {
  const page = await openPhone(ADMIN, 'keys');
  const { keys } = TEXTS;
  let listed = 0;
  for (const provider of ['openai', 'groq'] as const) {
    listed += (await rowsOf(page, provider)).length;
    const count = String(KEYS[provider]);
    expect(
      await page.locator(`section[aria-labelledby="keys-${provider}"] .card-head .pill`).textContent(),
    ).toBe(fill(keys.ready, { ready: count, total: count }));
  }
  expect(listed).toBe(500);
  expect(await page.locator('main').textContent()).toContain(keys.truncated);
  const requests = (await rowsOf(page, 'openai')).map((row) => Number(row[keys.requests]));
  expect(requests.reduce((sum, one) => sum + one, 0)).toBe(TOKENS);
  await expectFit(page);
});

it('the requests are the last ones, by pages, and are filtered', async () => {
  const page = await openPhone(ADMIN, 'requests');
  await page.waitForFunction(() => document.querySelectorAll('.opener').length === 100);
  await expectFit(page);
  const last = lines().slice(-300);
  await page
    .getByLabel(fill(TEXTS.requests.filterBy, { column: TEXTS.requests.model }), { exact: true })
    .fill('model-19');
  const count = last.filter(({ model }) => String(model).includes('model-19')).length;
  await page.waitForFunction((wanted) => document.querySelectorAll('.opener').length === wanted, count);
});

it('a holder finds each of 5,000 models', async () => {
  const page = await openPhone(tokenOf(0));
  const models = page.locator('section[aria-labelledby=models]');
  await models.locator('li').first().waitFor();
  expect(await models.locator('li').count()).toBe(60);
  expect(await models.textContent()).toContain(
    fill(TEXTS.common.shown, { shown: '60', total: FORMAT.number(MODELS.openai + MODELS.groq) }),
  );
  expect(await page.locator('#model-names option').count()).toBeLessThanOrEqual(500);
  await expectFit(page);
  await page.getByLabel(TEXTS.account.modelsSearch).fill('groq-model-1999');
  await page.waitForFunction(() => document.querySelectorAll('[aria-labelledby=models] li').length === 1);
  expect(await models.locator('li').textContent()).toContain('groq-model-1999');
});
