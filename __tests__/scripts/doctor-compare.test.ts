import { choose, comparisonLines } from '../../scripts/doctor/compare';
import { checkDomain, hasOwnDomain } from '../../scripts/doctor/domain';
import { measure, type Candidate } from '../../scripts/doctor/measure';
import type { Target } from '../../scripts/doctor/target';
import { startFakeUpstream } from '../../scripts/fakes/fake-upstream';
import { startProxy } from '../helpers/proxies';
import { respondToTrace } from '../helpers/trace';

const targetOf = (base: string, token?: string): Target => ({
  base,
  token,
  adminToken: undefined,
  model: undefined,
});

function candidate(
  region: string,
  ms: number,
  providerMs: number,
  changes: Partial<Candidate> = {},
): Candidate {
  const providers = [{ provider: 'openai', country: 'SG', verdict: 'allowed', ms: providerMs }];
  return { origin: `https://${region}.example`, region, ms, providers, problem: undefined, ...changes };
}

describe('choose', () => {
  it.each<[string, Candidate[], string | undefined]>([
    [
      'takes the one with the shortest way in all',
      [candidate('ap-singapore', 200, 300), candidate('na-siliconvalley', 300, 100)],
      'na-siliconvalley',
    ],
    [
      'takes the cheaper one if both are about as fast',
      [candidate('ap-singapore', 200, 100), candidate('na-siliconvalley', 220, 110)],
      'na-siliconvalley',
    ],
    [
      'takes the dearer one if it is faster by more than noise',
      [candidate('ap-singapore', 100, 100), candidate('na-siliconvalley', 200, 100)],
      'ap-singapore',
    ],
    [
      'never takes one that a provider refuses',
      [candidate('ap-hongkong', 10, 10, { problem: 'openai rejects' }), candidate('ap-tokyo', 900, 900)],
      'ap-tokyo',
    ],
    ['takes none if all are refused', [candidate('ap-hongkong', 1, 1, { problem: 'no' })], undefined],
    [
      'counts a region without a price as the dearest',
      [candidate('sa-saopaulo', 100, 100), candidate('ap-tokyo', 105, 100)],
      'ap-tokyo',
    ],
  ])('%s', (_what, candidates, region) => {
    expect(choose(candidates)?.best.region).toBe(region);
  });

  it('is explained with country, time and price of each', () => {
    const text = comparisonLines([
      candidate('ap-singapore', 200, 300),
      candidate('ap-hongkong', 20, 20, { problem: 'openai reject requests from there' }),
    ]).join('\n');
    for (const part of [
      'openai: seen in SG (allowed), 300 ms',
      'from this machine: 200 ms',
      '0.1203 USD',
      'not to be used: openai reject requests from there',
      'Use ap-singapore (https://ap-singapore.example): the only one that can be used.',
    ])
      expect(text).toContain(part);
  });
});

it('measures a function by what its pages and the list of models say', async () => {
  const upstream = await startFakeUpstream();
  respondToTrace(upstream, 'HK');
  const proxy = await startProxy(upstream, {
    OPENAI_API_KEYS: 'key-good-1',
    ACCESS_TOKENS: 'me:tok-me-1-0123456789',
  });
  try {
    const found = await measure(targetOf(proxy.url, 'tok-me-1-0123456789'));
    expect(found).toMatchObject({
      region: 'ap-test',
      providers: [
        { provider: 'anthropic', country: 'HK', verdict: 'refused', ms: undefined }, // no key
        { provider: 'openai', country: 'HK', verdict: 'refused', ms: expect.any(Number) as number },
      ],
      problem: 'anthropic and openai reject requests from there',
    });
    expect((await measure(targetOf(proxy.url))).problem).toContain('give --token');
    expect((await measure(targetOf(upstream.origin))).problem).toContain('does not respond');
  } finally {
    await proxy.stop();
    await upstream.close();
  }
});

describe('the DNS record of a custom domain', () => {
  it.each([
    ['https://llm.example.com', true],
    ['https://1250000000-abc.ap-singapore.tencentscf.com', false],
    ['http://127.0.0.1:9000', false],
    ['http://localhost:9000', false],
    ['https://203.0.113.7', false],
    ['https://[2001:db8::1]', false],
  ])('is looked up for %s: %s', (base, expected) => {
    expect(hasOwnDomain(targetOf(base))).toBe(expected);
  });

  const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  it.each<[string, () => Promise<string[]>, string, string]>([
    [
      'leads to SCF',
      () => Promise.resolve(['1250000000.ap-singapore.tencentscf.com']),
      'ok',
      'SCF in ap-singapore',
    ],
    ['leads elsewhere', () => Promise.resolve(['front.example.net']), 'skipped', 'not SCF’s'],
    ['is hidden', fails('ENODATA'), 'skipped', 'behind another service'],
    ['is missing with its name', fails('ENOTFOUND'), 'fail', 'not in DNS'],
  ])('%s', async (_what, resolve, verdict, detail) => {
    expect(await checkDomain(targetOf('https://llm.example.com/release'), resolve)).toMatchObject({
      verdict,
      detail: expect.stringContaining(detail) as string,
    });
  });
});
