import { Alerts } from '../../src/alerts/alerts';
import { operatorEvents } from '../../src/app/operator-events';
import { createLogger, type Logger } from '../../src/log/logger';

const silent: Logger = createLogger((line) => line, { write: () => undefined }, 'error');
const OUT = { pool: 'openai', alias: '…aaaa-1f2e3d', scope: '', untilMs: 1_800_000_000_000 } as const;

function setUp() {
  const sent: string[] = [];
  const alerts = new Alerts({
    post: ({ event, subject }) => Promise.resolve(void sent.push(`${event} ${subject}`)),
    ...{ host: 'h', source: 's', redact: (text: string) => text, logger: silent, now: () => 0 },
  });
  const options = { logger: silent, publish: () => undefined };
  return { sent, events: operatorEvents({ ...options, alert: (send) => send(alerts) }), options };
}

it('there are alerts of a token that has used its budget, and of another country', async () => {
  const { events, sent } = setUp();
  events.onTokenUsed?.('mum', 80);
  events.onEgressChange?.({ provider: 'openai', before: 'JP', now: 'HK' });
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toEqual(['token-budget mum 80 %', 'egress-changed JP → HK']);
});

it.each([
  ['invalid', true],
  ['out-of-credit', true],
  ['rate-limited', false],
] as const)(
  'whether there is an alert of a key that is out as %s: %s, since a rate limit ends by itself',
  (reason, told) => {
    const { events, sent } = setUp();
    events.keyEvents.keyOut?.({ ...OUT, reason });
    expect(sent).toHaveLength(told ? 1 : 0);
  },
);

it('without a receiver there is no alert, and nothing fails', () => {
  const { keyEvents, onTokenUsed } = operatorEvents({ ...setUp().options, alert: undefined });
  expect(() => {
    keyEvents.keyOut?.({ ...OUT, reason: 'invalid' });
    keyEvents.poolEmpty?.('openai', 0);
    keyEvents.addressSuspected('openai', 'invalid');
    onTokenUsed?.('mum', 100);
  }).not.toThrow();
});

it('attempts are listened to at the level debug only', () => {
  const { options } = setUp();
  const debug = createLogger((line) => line, { write: () => undefined }, 'debug');
  expect(operatorEvents({ ...options, alert: undefined }).onAttempt).toBeUndefined();
  expect(operatorEvents({ ...options, logger: debug, alert: undefined }).onAttempt).toBeDefined();
});
