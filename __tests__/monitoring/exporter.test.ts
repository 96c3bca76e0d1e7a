import type { FinishedRequest } from '../../src/metrics/finished-request';
import { Exporter, MAX_WAITING, type Exported, type Signal } from '../../src/monitoring/exporter';
import type { Span, TracedRequest } from '../../src/monitoring/spans';

const FINISHED: FinishedRequest = {
  endedAtMs: 1_000_000,
  durationMs: 10,
  firstTokenMs: undefined,
  provider: undefined,
  method: 'GET',
  route: '/-/usage',
  status: 200,
  outcome: 'complete',
  error: '',
  token: undefined,
  model: undefined,
  isStream: false,
  attempts: 0,
  bytes: 1,
  metering: undefined,
  knownNanoUsd: undefined,
};
/** A request of one span. */
const REQUEST: TracedRequest = {
  finished: FINISHED,
  requestId: 'r1',
  traceParent: undefined,
  invocationId: undefined,
  server: undefined,
};

interface Sent {
  readonly signal: Signal;
  readonly spans: readonly Span[];
  /** What the collector says. */
  readonly respond: (exported: Exported) => Promise<void>;
}

/** An exporter whose collector and clock a test has in its hand. */
function create({ mayFreeze = false } = {}) {
  const sent: Sent[] = [];
  const clock = { ms: 1_000_000, mayFreeze };
  let id = 0;
  const exporter = new Exporter({
    post: (signal, body) =>
      new Promise((resolve) => {
        const { resourceSpans = [] } = body as {
          readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: Span[] }[] }[];
        };
        sent.push({
          signal,
          spans: resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
          async respond(exported) {
            resolve(exported);
            for (let turn = 0; turn < 10; turn++) await Promise.resolve();
          },
        });
      }),
    resource: () => ({}),
    scope: { name: 'test', version: '1' },
    families: () => Promise.resolve([]),
    mayFreeze: () => clock.mayFreeze,
    startedAtMs: 0,
    randomHex: (bytes) => String(++id).padStart(2 * bytes, '0'),
    clean: (name) => name,
    now: () => clock.ms,
  });
  return { exporter, sent, clock };
}

/** The spans of the exports so far; the metrics between them are accepted. */
async function tracesOf(sent: readonly Sent[]): Promise<readonly Sent[]> {
  for (const { signal, respond } of sent) if (signal === 'metrics') await respond('ok');
  return sent.filter(({ signal }) => signal === 'traces');
}

it('The first span is sent at once, and those that end meanwhile are the next batch, five seconds later.', async () => {
  jest.useFakeTimers();
  try {
    const { exporter, sent, clock } = create();
    exporter.add(REQUEST);
    expect(sent.map(({ spans }) => spans.length)).toEqual([1]);
    exporter.add(REQUEST);
    exporter.add(REQUEST);
    await sent[0]?.respond('ok');
    expect(await tracesOf(sent)).toHaveLength(1);
    clock.ms += 4_999;
    await jest.advanceTimersByTimeAsync(4_999);
    expect(await tracesOf(sent)).toHaveLength(1);
    clock.ms += 1;
    await jest.advanceTimersByTimeAsync(1);
    expect((await tracesOf(sent)).map(({ spans }) => spans.length)).toEqual([1, 2]);
  } finally {
    jest.useRealTimers();
  }
});

it('An instance that may be frozen sends what it has before that, however short ago it sent something.', async () => {
  const { exporter, sent, clock } = create({ mayFreeze: true });
  exporter.add(REQUEST);
  await sent[0]?.respond('ok');
  await tracesOf(sent);
  clock.ms += 1;
  exporter.add(REQUEST);
  expect(await tracesOf(sent)).toHaveLength(2);
  await exporter.close();
});

it('What waits is bounded, and what is beyond is dropped and counted.', async () => {
  const { exporter, sent } = create();
  exporter.add(REQUEST); // on its way: the collector does not respond
  for (let at = 0; at < MAX_WAITING + 7; at++) exporter.add(REQUEST);
  expect(exporter.dropped).toEqual({ traces: 7, metrics: 0 });
  await sent[0]?.respond('ok');
  await tracesOf(sent);
  expect((await tracesOf(sent)).map(({ spans }) => spans.length)).toEqual([1, MAX_WAITING]);
});

it('A batch that the collector may take later is sent once more, the same spans, and then dropped.', async () => {
  const { exporter, sent, clock } = create();
  exporter.add(REQUEST);
  await sent[0]?.respond('retry');
  await tracesOf(sent);
  expect(exporter.dropped.traces).toBe(0);
  clock.ms += 5_000;
  exporter.add(REQUEST);
  const [first, second] = await tracesOf(sent);
  expect(second?.spans).toEqual(first?.spans);
  await second?.respond('retry');
  expect(exporter.dropped.traces).toBe(1);
  clock.ms += 5_000;
  exporter.add(REQUEST);
  expect((await tracesOf(sent))[2]?.spans).toHaveLength(2);
});

it('A batch that the collector rejects is dropped at once.', async () => {
  const { exporter, sent } = create();
  exporter.add(REQUEST);
  await sent[0]?.respond('failed');
  expect(exporter.dropped.traces).toBe(1);
});

it('Metrics that were not taken are counted, and are whole in the next export.', async () => {
  const { exporter, sent, clock } = create();
  exporter.add(REQUEST);
  await sent[0]?.respond('ok');
  expect(sent[1]?.signal).toBe('metrics');
  await sent[1]?.respond('failed');
  expect(exporter.dropped).toEqual({ traces: 0, metrics: 1 });
  clock.ms += 60_000;
  exporter.add(REQUEST);
  await sent[2]?.respond('ok');
  expect(sent.map(({ signal }) => signal)).toEqual(['traces', 'metrics', 'traces', 'metrics']);
});

it('At the end what is left is sent, and a collector that does not respond is waited for no longer than a second.', async () => {
  jest.useFakeTimers();
  try {
    const { exporter, sent } = create();
    exporter.add(REQUEST);
    await sent[0]?.respond('ok');
    await tracesOf(sent);
    exporter.add(REQUEST);
    const closed = exporter.close();
    await jest.advanceTimersByTimeAsync(0);
    expect(await tracesOf(sent)).toHaveLength(2);
    await jest.advanceTimersByTimeAsync(1_000);
    await closed;
  } finally {
    jest.useRealTimers();
  }
});
