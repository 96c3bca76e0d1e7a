import { Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { BookRows, type BookRow } from '../../../src/books/book-rows';
import { HOURS } from '../../../src/books/book';
import { emptySums } from '../../../src/books/sums';
import type { UsageRecords } from '../../../src/books/usage-records';
import { RequestEvents, type EventsOptions } from '../../../src/pages/console/events';
import { keysReport } from '../../../src/pages/console/keys';
import { overviewOf } from '../../../src/pages/console/overview';
import { CAPACITY, RecentRequests, type RecentRequest } from '../../../src/pages/console/recent-requests';
import { tokensReport, type TokensSource } from '../../../src/pages/console/tokens';
import type { KeyReport } from '../../../src/proxy/keys/managed-key';
import { until } from '../../helpers/http';

const NOW = Date.UTC(2026, 10, 29, 14, 30);
const TODAY = Math.floor(NOW / 86_400_000);

function request(change: Partial<RecentRequest> = {}): RecentRequest {
  return {
    ...{ seq: 0, id: 'r', atMs: NOW, token: 'mum', method: 'POST', path: '/v1/chat/completions' },
    ...{
      provider: 'openai',
      model: 'm',
      modelServed: undefined,
      isStream: false,
      status: 200,
      bytes: 1,
      ms: 1,
    },
    ...{
      outcome: 'complete',
      isError: false,
      failure: undefined,
      isWorthRepeating: undefined,
      key: undefined,
    },
    ...{ upstreamError: undefined, meter: undefined, usage: undefined, nanoUsd: undefined, attempts: 1 },
    ...{ firstByteMs: 1, firstTokenMs: undefined, tokensPerSecond: undefined, failedAttempts: undefined },
    ...change,
  };
}

function row(change: Partial<BookRow>, tokens = 1): BookRow {
  const sums = emptySums();
  sums.requests = 1;
  sums.counts.unmetered = 1;
  sums.metered.amounts.input = tokens;
  const none = { token: undefined, provider: 'openai', model: undefined, rest: undefined };
  return { day: TODAY, ...none, sums, ...change };
}

function recordsOf(rows: readonly BookRow[]): UsageRecords {
  const fixed = { scope: 'all instances', sinceMs: 0, pricesNote: '', note: '' } as const;
  return {
    ...fixed,
    rows: ({ fromDay = 0, toDay = Infinity } = {}) =>
      rows.filter(({ day }) => day >= fromDay && day <= toDay),
  };
}

describe('The list of requests', () => {
  it('keeps the last 300, and the newest come first', () => {
    const list = new RecentRequests();
    for (let at = 0; at < 1_000; at++) list.add(request());
    const seqs = list.newest().map(({ seq }) => seq);
    expect([seqs.length, seqs[0], seqs.at(-1)]).toEqual([CAPACITY, 1_000, 701]);
    expect(list.newest(998).map(({ seq }) => seq)).toEqual([1_000, 999]);
  });

  it('keeps a name as a text of its own, and not too many of them', () => {
    const list = new RecentRequests();
    let cleaned = 0;
    const clean = (name: string) => (cleaned++, name);
    for (let round = 0; round < 3; round++) list.nameOf('same', clean);
    expect(cleaned).toBe(1);
    for (let at = 0; at < 256; at++) list.nameOf(`name ${at}`, clean);
    list.nameOf('same', clean);
    expect(cleaned).toBe(258);
  });
});

describe('The hours of a book', () => {
  it('are 25 at most, of 2,500 rows at most, and their sums are whole', () => {
    const rows = new BookRows(HOURS);
    const one = { provider: 'openai', model: undefined, metering: undefined, isError: false };
    for (let hour = 0; hour < 100; hour++)
      for (let token = 0; token < 200; token++)
        rows.add({ ...one, atMs: NOW + hour * 3_600_000, token: `t${token}` }, 0);
    const kept = rows.select();
    expect(new Set(kept.map(({ day }) => day)).size).toBe(25);
    expect(kept.length).toBeLessThanOrEqual(2_525);
    expect(kept.reduce((sum, { sums }) => sum + sums.requests, 0)).toBe(25 * 200);
  });
});

describe('The overview of 10,000 tokens and 5,000 models', () => {
  it('has twelve lines and twenty unmetered rows, and its sums are whole', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) =>
      row({ token: `t${at}`, model: `m${at % 5_000}` }, at),
    );
    const source = {
      records: () => Promise.resolve(recordsOf(rows)),
      hours: () => Promise.reject(new Error('not asked')),
    };
    const { series, unmetered, today, yesterday } = await overviewOf('30d', source, NOW);
    for (const by of ['token', 'model'] as const) {
      expect(series[by]).toHaveLength(12);
      expect(series[by].at(-1)).toMatchObject({ name: null, other: true });
      expect(series[by].reduce((sum, { tokens }) => sum + (tokens.at(-1) ?? 0), 0)).toBe(series.total.tokens);
    }
    expect(series.token[0]?.name).toBe('t9999');
    expect([unmetered.rows.length, unmetered.truncated]).toEqual([20, true]);
    expect([today.scope, today.requests, yesterday.requests]).toEqual(['all', 10_000, 0]);
  });

  it('leaves out what clocks that are ahead have counted for later days', async () => {
    const source = {
      records: () => Promise.resolve(recordsOf([row({}), row({ day: TODAY + 1 })])),
      hours: () => Promise.reject(new Error('not asked')),
    };
    expect((await overviewOf('30d', source, NOW)).series.total.requests).toBe(1);
  });
});

describe('The list of tokens', () => {
  const source = (count: number, rows: readonly BookRow[] = []): TokensSource => ({
    records: () => Promise.resolve(recordsOf(rows)),
    ownRows: () => Promise.resolve([]),
    tokens: () =>
      Array.from({ length: count }, (_, at) => {
        const name = `t${String(at).padStart(5, '0')}`;
        return { token: { name, id: name }, issuedAt: undefined, isRevoked: false };
      }),
    limitStates: () => Promise.reject(new Error('Redis is away')),
    placesOf: () => undefined,
  });

  it('of 10,000 has each once, page by page, also while limits cannot be read', async () => {
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const report = await tokensReport(source(10_000), { limit: 500, cursor, find: undefined }, NOW);
      expect(report.tokens.length).toBeLessThanOrEqual(500);
      names.push(...report.tokens.map(({ name }) => name));
      cursor = report.cursor;
    }
    expect([names.length, new Set(names).size]).toEqual([10_000, 10_000]);
  });

  it('says when there are more than it lists, and shows names of which there is only the use', async () => {
    const all = { limit: 1, cursor: undefined, find: undefined };
    expect(await tokensReport(source(20_001), all, NOW)).toMatchObject({ total: 20_000, truncated: true });
    const { tokens } = await tokensReport(source(0, [row({ token: 'gone' })]), all, NOW);
    expect(tokens).toMatchObject([{ name: 'gone', kind: 'unknown', state: null, today: { requests: 1 } }]);
  });

  it('tells what tokens have used for which the books had no row left, and only that', async () => {
    const all = { limit: 1, cursor: undefined, find: undefined };
    const ofAnyone = row({ token: undefined }, 5);
    const ofModels = row({ token: 'mum', rest: 'models' }, 5);
    expect((await tokensReport(source(1, [ofAnyone, ofModels]), all, NOW)).rest).toBeNull();
    const ofTokens = [TODAY, TODAY - 1].map((day) => row({ day, rest: 'tokens' }, 3));
    expect((await tokensReport(source(1, [ofAnyone, ...ofTokens]), all, NOW)).rest).toMatchObject({
      today: { requests: 1, tokens: 3 },
      month: { requests: 2, tokens: 6 },
    });
  });
});

it('Of more than 500 keys the list has those that are out and those that are used most.', () => {
  const key = (at: number): KeyReport => ({
    ...{ alias: `k${at}`, state: at % 100 === 0 ? 'out' : 'live', until: null, why: null, models: [] },
    ...{ weight: 1, open: 0, requests: at, failures: 0 },
  });
  const keys = {
    openai: Array.from({ length: 400 }, (_, at) => key(at)),
    azure: Array.from({ length: 400 }, (_, at) => key(at)),
  };
  const report = keysReport({ keys: () => keys, egressOf: () => undefined, recent: undefined }, NOW);
  expect(report.truncated).toBe(true);
  expect(report.providers.map((one) => [one.keys.length, one.ready, one.total])).toEqual([
    [250, 396, 400],
    [250, 396, 400],
  ]);
  expect(report.providers[0]?.keys[0]?.alias).toBe('k0'); // out, although it was never used
});

describe('The stream of requests', () => {
  const options = (recent: RecentRequests, isOver = () => false): EventsOptions => ({
    ...{ recent, instance: 'i', messageOf: () => undefined, isOver, redact: (text) => text },
    ...{ now: () => NOW, monotonicMs: () => performance.now() },
  });
  /** A response of which nothing is read, or all. */
  function responseOf(isRead: boolean) {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk.toString());
        if (isRead) done();
      },
    });
    return { stream, chunks, response: stream as unknown as ServerResponse };
  }

  it('drops a listener that does not read, and goes on for the others', async () => {
    const recent = new RecentRequests();
    const events = new RequestEvents(options(recent));
    const [slow, quick] = [responseOf(false), responseOf(true)];
    events.listen(slow.response, undefined);
    events.listen(quick.response, undefined);
    for (let at = 0; at < CAPACITY; at++) recent.add(request({ model: 'm'.repeat(1_000) }));
    await until('the slow one is dropped', () => slow.stream.destroyed);
    expect(events.count).toBe(1);
    expect(quick.chunks.join('').split('event: request')).toHaveLength(CAPACITY + 1);
    quick.stream.destroy();
    await until('nobody listens', () => events.count === 0);
  });

  it('ends when the instance stops, and says so', async () => {
    let isOver = false;
    const events = new RequestEvents(options(new RecentRequests(), () => isOver));
    const { stream, chunks, response } = responseOf(true);
    events.listen(response, 1_000_000);
    isOver = true;
    await until('it has ended', () => stream.writableFinished);
    expect(chunks.join('')).toMatch(
      /^retry: \d+\nevent: hello\n.*\n\nretry: \d+\nevent: end\ndata: \{"reason":"stopping"\}\n\n$/,
    );
    await until('nobody listens', () => events.count === 0);
  });
});
