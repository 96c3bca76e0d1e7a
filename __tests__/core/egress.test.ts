import { Egress, judgeTrace } from '../../src/core/egress';
import { anthropic } from '../../src/providers/anthropic';
import { openai } from '../../src/providers/openai';
import { BUILT_IN } from '../../src/providers/registry';

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

  it.each(['CN', 'HK', 'MO', 'RU', 'BY', 'IR', 'KP', 'SY', 'CU'])('both refuse %s', (country) => {
    for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
      expect(judgeTrace(trace(country), countries).verdict).toBe('refused');
    }
  });

  it.each(['SG', 'JP', 'KR', 'ID', 'TH', 'US', 'DE', 'BR'])(
    'both serve %s, where SCF has a region',
    (country) => {
      for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
        expect(judgeTrace(trace(country), countries).verdict).toBe('allowed');
      }
    },
  );

  it('tells the providers apart', () => {
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
  ])('does not guess: %s', (_what, text, country) => {
    expect(judgeTrace(text, openai.countries)).toMatchObject({
      country,
      verdict: 'unknown',
      reason: expect.any(String) as string,
    });
  });

  it('takes IPv6 and CRLF, and no markup for an address', () => {
    expect(judgeTrace('ip=2001:db8::1\r\nloc=JP\r\n', openai.countries)).toMatchObject({
      ip: '2001:db8::1',
      country: 'JP',
    });
    expect(judgeTrace('ip=<script>\nloc=JP\n', openai.countries).ip).toBeNull();
  });

  it('has no country in both lists of a provider', () => {
    for (const countries of BUILT_IN.flatMap((provider) => provider.countries ?? [])) {
      for (const country of countries.refused) expect(countries.served.has(country)).toBe(false);
      expect(countries.served.size).toBeGreaterThan(150);
    }
  });
});

describe('Egress', () => {
  let nowMs = 1_000_000;
  let asked = 0;
  let answer: () => Promise<string>;
  const egress = () =>
    new Egress({
      fetchTrace: () => {
        asked++;
        return answer();
      },
      now: () => nowMs,
    });
  const says = (country: string) => () => Promise.resolve(trace(country));
  const unreachable = () => Promise.reject(new Error('Nobody is there.'));
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    nowMs = 1_000_000;
    asked = 0;
    answer = says('SG');
  });

  it('shares one check among all who ask at first, and then answers at once', async () => {
    const one = egress();
    expect(await Promise.all(Array.from({ length: 50 }, async () => one.refuses(openai)))).toEqual(
      Array.from({ length: 50 }, () => false),
    );
    expect(asked).toBe(1);
    expect(one.refuses(openai)).toBe(false);
  });

  it('checks each provider by itself', async () => {
    const one = egress();
    await one.refuses(openai);
    await one.refuses(anthropic);
    expect(asked).toBe(2);
  });

  it('refuses for five minutes, then waits for a new check', async () => {
    answer = says('HK');
    const one = egress();
    expect(await one.refuses(openai)).toBe(true);
    nowMs += 299_000;
    expect(one.refuses(openai)).toBe(true);
    answer = says('SG');
    nowMs += 1_000;
    expect(await one.refuses(openai)).toBe(false);
    expect(asked).toBe(2);
  });

  it('lets through what it cannot tell, and looks again after a minute, beside the request', async () => {
    answer = unreachable;
    const one = egress();
    expect(await one.refuses(openai)).toBe(false);
    nowMs += 59_000;
    expect(one.refuses(openai)).toBe(false);
    expect(asked).toBe(1);
    answer = says('HK');
    nowMs += 1_000;
    expect(one.refuses(openai)).toBe(false); // not held up
    expect(one.refuses(openai)).toBe(false); // nor asked twice
    await settled();
    expect(asked).toBe(2);
    expect(one.refuses(openai)).toBe(true);
  });

  it('keeps refusing while a re-check cannot be read', async () => {
    answer = says('HK');
    const one = egress();
    await one.refuses(openai);
    answer = unreachable;
    nowMs += 300_000;
    expect(await one.refuses(openai)).toBe(true);
    answer = says('SG');
    nowMs += 60_000;
    expect(await one.refuses(openai)).toBe(false);
  });

  it('reports what was found for a minute, and why it was not', async () => {
    const one = egress();
    expect(await one.report(openai)).toMatchObject({ country: 'SG', verdict: 'allowed' });
    answer = unreachable;
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

  it('takes nothing for young after the clock was set back', async () => {
    const one = egress();
    await one.report(openai);
    nowMs -= 3_600_000;
    await one.report(openai);
    expect(asked).toBe(2);
  });
});
