import type { Alert } from '../../src/alerts/alert';
import { Alerts } from '../../src/alerts/alerts';
import { createRedact } from '../../src/log/redact';

const START = Date.parse('2026-11-29T12:00:00Z');
const HOUR = 3_600_000;
const OUT = { pool: 'openai', alias: '…abcd-1f2e3d', reason: 'invalid', untilMs: START + HOUR } as const;

function setUp(post?: (alert: Alert) => Promise<void>) {
  const clock = { ms: START };
  const sent: Alert[] = [];
  const warnings: unknown[] = [];
  const alerts = new Alerts({
    post: post ?? ((alert) => Promise.resolve(void sent.push(alert))),
    host: 'ops.example.com',
    source: 'my-proxy',
    redact: createRedact(['planted-secret-0001']),
    logger: { warn: (fields, message) => warnings.push([message, fields['host'], String(fields['cause'])]) },
    now: () => clock.ms,
  });
  return { alerts, clock, sent, warnings };
}

/** Lets everything that waits for a promise run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it.each<[string, (alerts: Alerts) => void, Partial<Alert>]>([
  [
    'a key that is out',
    (alerts) => alerts.keyOut(OUT),
    {
      event: 'key-out',
      subject: 'openai …abcd-1f2e3d',
      text: 'my-proxy: key …abcd-1f2e3d of openai is out until 2026-11-29T13:00:00Z: the provider rejects it as invalid.',
    },
  ],
  [
    'an empty pool',
    (alerts) => alerts.poolEmpty('openai', START + 20_000),
    {
      event: 'pool-empty',
      subject: 'openai',
      text: 'my-proxy: no key of openai can be used until 2026-11-29T12:00:20Z: requests get an error. Add keys or credit.',
    },
  ],
  [
    'a pool whose keys are all rejected alike',
    (alerts) => alerts.poolEmpty('openai', undefined),
    {
      text: 'my-proxy: the provider rejects every key of openai: check the keys, the upstream setting and the region.',
    },
  ],
  [
    'a token at 80 %',
    (alerts) => alerts.tokenUsed('mum', 80),
    {
      event: 'token-budget',
      subject: 'mum 80 %',
      text: 'my-proxy: access token mum has used 80 % of its budget.',
    },
  ],
  [
    'a token at 100 %',
    (alerts) => alerts.tokenUsed('mum', 100),
    {
      subject: 'mum 100 %',
      text: 'my-proxy: access token mum has used 100 % of its budget: its requests get an error until the budget begins anew.',
    },
  ],
  [
    'another country',
    (alerts) => alerts.egressChanged('JP', 'HK'),
    {
      event: 'egress-changed',
      subject: 'JP → HK',
      text: 'my-proxy: providers now see this proxy in HK, no longer in JP. Some do not serve every country.',
    },
  ],
])('the alert of %s is a sentence that stands alone', (_what, tell, wanted) => {
  const { alerts, sent } = setUp();
  tell(alerts);
  expect(sent).toMatchObject([{ time: '2026-11-29T12:00:00Z', ...wanted }]);
});

it('there is one alert an hour of an event for each subject, and another after it', async () => {
  const { alerts, clock, sent } = setUp();
  const tellAll = async () => {
    alerts.keyOut(OUT);
    alerts.keyOut({ ...OUT, alias: '…wxyz-000000' });
    alerts.poolEmpty('openai', START);
    await settled();
  };
  await tellAll();
  clock.ms += HOUR - 1;
  await tellAll();
  expect(sent.map(({ subject }) => subject)).toEqual([
    'openai …abcd-1f2e3d',
    'openai …wxyz-000000',
    'openai',
  ]);
  clock.ms += 1;
  await tellAll();
  expect(sent).toHaveLength(6);
  clock.ms -= 2 * HOUR; // set back
  await tellAll();
  expect(sent).toHaveLength(9);
});

it('a secret in a name is masked', () => {
  const { alerts, sent } = setUp();
  alerts.tokenUsed('planted-secret-0001', 80);
  alerts.poolEmpty('sk-0123456789abcdef', undefined);
  expect(JSON.stringify(sent)).not.toContain('planted-secret-0001');
});

it('alerts are sent one after the other, and those that find the queue full are dropped and may be told later', async () => {
  const waiting: (() => void)[] = [];
  const posted: string[] = [];
  const { alerts } = setUp((alert) => {
    posted.push(alert.subject);
    return new Promise((resolve) => waiting.push(resolve));
  });
  for (let at = 0; at < 100; at++) alerts.poolEmpty(`pool-${at}`, START);
  expect(posted).toEqual(['pool-0']);
  for (let at = 0; at < 50; at++) {
    waiting[at]?.();
    await settled();
  }
  expect(posted).toEqual(Array.from({ length: 17 }, (_, at) => `pool-${at}`));
  alerts.poolEmpty('pool-50', START);
  expect(posted.at(-1)).toBe('pool-50');
});

it('a failure is logged once, with the host alone, until an alert was sent again', async () => {
  let works = false;
  const { alerts, warnings } = setUp(() =>
    works ? Promise.resolve() : Promise.reject(new Error('status 500')),
  );
  for (const name of ['a', 'b']) alerts.poolEmpty(name, START);
  await settled();
  const line = ['an alert could not be sent; check ALERT_URL', 'ops.example.com', 'Error: status 500'];
  expect(warnings).toEqual([line]);
  works = true;
  alerts.poolEmpty('c', START);
  await settled();
  works = false;
  alerts.poolEmpty('d', START);
  await settled();
  expect(warnings).toEqual([line, line]);
});

it('what was told is remembered of a limited number of subjects, the newest', async () => {
  const { alerts, sent } = setUp();
  for (let at = 0; at <= 512; at++) {
    alerts.tokenUsed(`t${at}`, 80);
    await settled();
  }
  alerts.tokenUsed('t512', 80);
  alerts.tokenUsed('t0', 80);
  await settled();
  expect(sent.map(({ subject }) => subject).slice(-2)).toEqual(['t512 80 %', 't0 80 %']);
});
