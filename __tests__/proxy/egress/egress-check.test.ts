import { EgressCheck, judgeTrace } from '../../../src/proxy/egress/egress-check';
import { anthropic } from '../../../src/providers/anthropic';
import { openai } from '../../../src/providers/openai';
import { BUILT_IN } from '../../../src/providers/registry';

const trace = (loc: string, lines = '') =>
  `fl=1f1\nh=api.openai.com\nip=203.0.113.7\nts=1750000000.1\nvisit_scheme=https\nuag=\ncolo=SIN\n${lines}loc=${loc}\ntls=TLSv1.3\nwarp=off\n`;

describe('judgeTrace', () => {
  it('reads address, country and data centre', () => {
    expect(judgeTrace(trace('SG'), openai.countries)).toEqual({
      ip: '203.0.113.7',
      country: 'SG',
      colo: 'SIN',
      verdict: 'allowed',
    });
  });

  it.each(['CN', 'HK', 'MO', 'RU', 'BY', 'IR', 'KP', 'SY', 'CU'])(
    'rates %s as rejected by both providers',
    (country) => {
      for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
        expect(judgeTrace(trace(country), countries).verdict).toBe('refused');
      }
    },
  );

  it.each(['SG', 'JP', 'KR', 'ID', 'TH', 'US', 'DE', 'BR'])(
    'rates %s, where SCF has a region, as served by both providers',
    (country) => {
      for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
        expect(judgeTrace(trace(country), countries).verdict).toBe('allowed');
      }
    },
  );

  it('distinguishes the providers', () => {
    expect(judgeTrace(trace('AF'), openai.countries).verdict).toBe('allowed');
    expect(judgeTrace(trace('AF'), anthropic.countries).verdict).toBe('refused');
  });

  it.each([
    ['a country in neither list', trace('AQ'), 'AQ'],
    ['an address of no country', trace('XX'), 'XX'],
    ['Tor', trace('T1'), 'T1'],
    ['no country', 'ip=203.0.113.7\n', null],
    ['a page that is no trace', '<html>loc=HK</html>', null],
    ['a country that is none', trace('Hong Kong'), null],
    ['nothing', '', null],
  ])('rates as unknown: %s', (_what, text, country) => {
    expect(judgeTrace(text, openai.countries)).toMatchObject({
      country,
      verdict: 'unknown',
      reason: expect.any(String) as string,
    });
  });

  it('accepts IPv6 and CRLF, and does not take markup for an address', () => {
    expect(judgeTrace('ip=2001:db8::1\r\nloc=JP\r\n', openai.countries)).toMatchObject({
      ip: '2001:db8::1',
      country: 'JP',
    });
    expect(judgeTrace('ip=<script>\nloc=JP\n', openai.countries).ip).toBeNull();
  });

  it('has no country that is both served and rejected by a provider', () => {
    for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
      for (const country of countries.refused) expect(countries.served.has(country)).toBe(false);
      expect(countries.served.size).toBeGreaterThan(150);
    }
  });
});

describe('EgressCheck', () => {
  let nowMs = 1_000_000;
  let asked = 0;
  let respond: () => Promise<string>;
  const egress = () =>
    new EgressCheck({
      fetchTrace: () => {
        asked++;
        return respond();
      },
      now: () => nowMs,
    });
  const says = (country: string) => () => Promise.resolve(trace(country));
  const unreachable = () => Promise.reject(new Error('Nobody is there.'));
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    nowMs = 1_000_000;
    asked = 0;
    respond = says('SG');
  });

  it('shares the first check among all requests, and then responds synchronously', async () => {
    const one = egress();
    expect(await Promise.all(Array.from({ length: 50 }, async () => one.refuses(openai)))).toEqual(
      Array.from({ length: 50 }, () => false),
    );
    expect(asked).toBe(1);
    expect(one.refuses(openai)).toBe(false);
  });

  it('checks each provider separately', async () => {
    const one = egress();
    await one.refuses(openai);
    await one.refuses(anthropic);
    expect(asked).toBe(2);
  });

  it('rejects for five minutes, then waits for a new check', async () => {
    respond = says('HK');
    const one = egress();
    expect(await one.refuses(openai)).toBe(true);
    nowMs += 299_000;
    expect(one.refuses(openai)).toBe(true);
    respond = says('SG');
    nowMs += 1_000;
    expect(await one.refuses(openai)).toBe(false);
    expect(asked).toBe(2);
  });

  it('allows an unknown country, and checks again after a minute, in the background', async () => {
    respond = unreachable;
    const one = egress();
    expect(await one.refuses(openai)).toBe(false);
    nowMs += 59_000;
    expect(one.refuses(openai)).toBe(false);
    expect(asked).toBe(1);
    respond = says('HK');
    nowMs += 1_000;
    expect(one.refuses(openai)).toBe(false); // not held up
    expect(one.refuses(openai)).toBe(false); // nor asked twice
    await settled();
    expect(asked).toBe(2);
    expect(one.refuses(openai)).toBe(true);
  });

  it('keeps rejecting while a new check cannot be read', async () => {
    respond = says('HK');
    const one = egress();
    await one.refuses(openai);
    respond = unreachable;
    nowMs += 300_000;
    expect(await one.refuses(openai)).toBe(true);
    respond = says('SG');
    nowMs += 60_000;
    expect(await one.refuses(openai)).toBe(false);
  });

  it('reports a result, or the reason why there is none, for a minute', async () => {
    const one = egress();
    expect(await one.report(openai)).toMatchObject({ country: 'SG', verdict: 'allowed' });
    respond = unreachable;
    nowMs += 59_000;
    expect(await one.report(openai)).toMatchObject({ country: 'SG' });
    nowMs += 1_000;
    expect(await one.report(openai)).toEqual({
      ip: null,
      country: null,
      colo: null,
      verdict: 'unknown',
      reason: 'Nobody is there.',
    });
    expect(asked).toBe(2);
  });

  it('treats no result as recent after the clock was set back', async () => {
    const one = egress();
    await one.report(openai);
    nowMs -= 3_600_000;
    await one.report(openai);
    expect(asked).toBe(2);
  });
});

it('another country than the last known one is reported, once for each change', async () => {
  const countries = ['JP', 'JP', undefined, 'HK', 'HK', 'JP'];
  const changes: unknown[] = [];
  let nowMs = 0;
  const check = new EgressCheck({
    fetchTrace: () => {
      const country = countries.shift();
      return country === undefined ? Promise.reject(new Error('gone')) : Promise.resolve(trace(country));
    },
    now: () => nowMs,
    onChange: (change) => changes.push(change),
  });
  while (countries.length > 0) {
    nowMs += 60_000;
    await check.report(openai);
  }
  expect(changes).toEqual([
    { provider: 'openai', before: 'JP', now: 'HK' },
    { provider: 'openai', before: 'HK', now: 'JP' },
  ]);
});
