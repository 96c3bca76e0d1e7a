/// <reference lib="dom" />
import '../dev/with-console';
import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createApp } from '../../src/app/app';
import { readConfig, secretsOf } from '../../src/config/read-config';
import { createLogger } from '../../src/log/logger';
import { createRedact } from '../../src/log/redact';
import { VERSION } from '../../src/app/version';
import { demoEnvironment } from '../demo/environment';
import { exitWith } from '../shared/exit-with';
import { listenOnLoopback } from '../shared/loopback';
import { createUpstream, LIMITED_KEY, sendTraffic } from './traffic';

/** `npm run docs:screenshots`: pictures of the page in both languages, with the simulated providers' data. */
const FOLDER = path.resolve(__dirname, '../../docs/images');
const MAX_BYTES = 150 * 1024;
const ADMIN = 'admin-screenshots-0123456789';
const TOKENS = { anna: 'tok-anna-0123456789', ben: 'tok-ben-0123456789', mum: 'tok-mum-0123456789' };

interface Picture {
  readonly name: string;
  readonly token: string;
  readonly view?: string;
  readonly height: number;
  readonly before?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: 'console-overview', token: ADMIN, view: 'overview', height: 760 },
  {
    name: 'console-requests',
    token: ADMIN,
    view: 'requests',
    height: 760,
    before: (page) => page.locator('tr.failed .opener').first().click(),
  },
  { name: 'page-token', token: TOKENS.anna, height: 900 },
];

async function main(): Promise<number> {
  if (spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' }).stdout.trim() === '') {
    console.error(
      'No font has Chinese characters. Install one (apt-get install fonts-wqy-microhei), and try again.',
    );
    return 1;
  }
  const upstream = createUpstream();
  const origin = `http://127.0.0.1:${await listenOnLoopback(upstream)}`;
  let now = Date.now();
  const config = readConfig({
    ...demoEnvironment({}, origin),
    OPENAI_API_KEYS: `sk-simulated-one-0123456789,${LIMITED_KEY}`,
    ANTHROPIC_API_KEYS: 'sk-ant-simulated-0123456789',
    ACCESS_TOKENS: Object.entries(TOKENS)
      .map(([name, token]) => `${name}:${token}`)
      .join(','),
    ADMIN_TOKEN: ADMIN,
  });
  let id = 0;
  const app = createApp(config, {
    logger: createLogger(createRedact(secretsOf(config)), { write: () => true }, 'info'),
    facts: { version: VERSION, commit: 'unknown', region: 'ap-singapore', functionName: 'scf-llm-proxy' },
    random: Math.random,
    now: () => now,
    onScf: false,
    newId: () => (++id).toString(16).padStart(16, '0'),
  });
  const server = http.createServer(app.listener);
  const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  await sendTraffic({ url, tokens: Object.values(TOKENS), setNow: (ms) => (now = ms) });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  mkdirSync(FOLDER, { recursive: true });
  try {
    for (const picture of PICTURES) {
      for (const locale of ['en', 'zh-CN']) await take(browser, url, picture, locale);
    }
  } finally {
    await browser.close();
    for (const one of [server, upstream]) {
      one.closeAllConnections();
      one.close();
    }
  }
  return 0;
}

async function take(browser: Browser, url: string, picture: Picture, locale: string): Promise<void> {
  const { name, token, view, height, before } = picture;
  const context = await browser.newContext({ locale, viewport: { width: 1280, height } });
  const page = await context.newPage();
  await page.goto(`${url}/#${token}`);
  await page.waitForSelector('.who');
  if (view !== undefined) await page.goto(`${url}/#/${view}`);
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
  await page.waitForTimeout(500); // for the chart, and the status line
  await before?.(page);
  const file = path.join(FOLDER, `${name}${locale === 'en' ? '' : `.${locale}`}.png`);
  await page.screenshot({ path: file });
  await context.close();
  const { size } = statSync(file);
  console.log(`${path.relative(process.cwd(), file)}: ${(size / 1024).toFixed(0)} KB`);
  if (size > MAX_BYTES) throw new Error(`${file} is larger than ${String(MAX_BYTES / 1024)} KB.`);
}

exitWith(main);
