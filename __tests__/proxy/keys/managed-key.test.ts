import { ManagedKey, scopeOf, type Rest, type RestReason } from '../../../src/proxy/keys/managed-key';

const NOW_MS = 1_800_000_000_000;
const SCOPE = scopeOf('/v1/chat/completions', 'gpt-5');
const key = () => new ManagedKey('sk-proj-very-secret-7890', 2);
const rest = (inMs: number, reason: RestReason = 'rate-limited'): Rest => ({
  reason,
  untilMs: NOW_MS + inMs,
  probeAtMs: NOW_MS,
  probeDelayMs: 1_000,
});
const until = (inMs: number) => new Date(NOW_MS + inMs).toISOString();

describe('what is shown of a key', () => {
  it('is an alias with its last four characters, and no more of it', () => {
    const { alias, fingerprint } = key();
    expect(alias).toMatch(/^…7890-[0-9a-f]{6}$/);
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify(key().report(NOW_MS))).not.toContain('secret');
  });

  it('is that it is live, with its counts', () => {
    const used = key();
    Object.assign(used, { open: 1, requests: 5, failures: 2 });
    expect(used.report(NOW_MS)).toEqual({
      alias: used.alias,
      state: 'live',
      until: null,
      why: null,
      models: [],
      weight: 2,
      open: 1,
      requests: 5,
      failures: 2,
    });
  });

  it('is why and until when it is out, which a model’s rate limit does not hide', () => {
    const out = key();
    out.rest = rest(5_000, 'out-of-credit');
    out.restInScope(SCOPE, rest(9_000), NOW_MS);
    expect(out.report(NOW_MS)).toMatchObject({ state: 'out', why: 'out-of-credit', until: until(5_000) });
    expect(out.report(NOW_MS + 4_999)).toMatchObject({ state: 'out' });
    expect(out.report(NOW_MS + 5_000)).toMatchObject({ state: 'cooling', why: 'rate-limited', until: null });
    expect(out.report(NOW_MS + 9_000)).toMatchObject({ state: 'live', why: null, models: [] });
  });

  it('is each model and kind of endpoint that is rate-limited now', () => {
    const limited = key();
    limited.restInScope(SCOPE, rest(5_000), NOW_MS);
    limited.restInScope(scopeOf('/v1/embeddings', 'a|b'), rest(1_000), NOW_MS);
    const chat = { model: 'gpt-5', endpoint: '/v1/chat/completions', until: until(5_000) };
    expect(limited.report(NOW_MS).models).toEqual([
      chat,
      { model: 'a|b', endpoint: '/v1/embeddings', until: until(1_000) },
    ]);
    expect(limited.report(NOW_MS + 1_000).models).toEqual([chat]);
  });
});

describe('a key with a budget', () => {
  it('shows it with what is spent, and why and until when it is out, whatever else is wrong with it', () => {
    const nowMs = Date.parse('2026-11-29T12:00:00Z');
    const one = new ManagedKey('sk-1', 1, { nanoUsd: 9_000_000_000, period: 'month' });
    one.spending?.raiseTo(1_500_000_000, nowMs);
    expect(one.report(nowMs)).toMatchObject({
      state: 'live',
      budget: { usd: 9, per: 'month', spent_usd: 1.5 },
    });
    one.spending?.raiseTo(9_000_000_000, nowMs);
    one.rest = { reason: 'invalid', untilMs: nowMs + 1, probeAtMs: 0, probeDelayMs: 1 };
    expect(one.restIn(SCOPE, nowMs)?.reason).toBe('budget-spent');
    expect(one.report(nowMs)).toMatchObject({
      state: 'out',
      why: 'budget-spent',
      until: '2026-12-01T00:00:00.000Z',
      budget: { spent_usd: 9 },
    });
  });
});

describe('a key is out', () => {
  it.each([
    [undefined, undefined, 'nothing'],
    [5_000, undefined, 'the whole key'],
    [undefined, 5_000, 'the scope'],
    [9_000, 5_000, 'the whole key'],
    [5_000, 9_000, 'the scope'],
    [5_000, 0, 'the whole key'],
    [0, 5_000, 'the scope'],
    [0, 0, 'nothing'],
  ])('for the longer of %s ms in all and %s ms in a scope: %s', (wholeMs, scopeMs, expected) => {
    const one = key();
    if (wholeMs !== undefined) one.rest = rest(wholeMs, 'invalid');
    if (scopeMs !== undefined) one.restInScope(SCOPE, rest(scopeMs), NOW_MS);
    const byReason = new Map([
      ['invalid', 'the whole key'],
      ['rate-limited', 'the scope'],
    ]);
    const found = one.restIn(SCOPE, NOW_MS);
    expect(found ? byReason.get(found.reason) : 'nothing').toBe(expected);
    expect(one.restIn('other', NOW_MS)?.reason).toBe((wholeMs ?? 0) > 0 ? 'invalid' : undefined);
  });

  it('in a scope for the longest time that was reported, until that is over', () => {
    const one = key();
    const outFor = () => (one.restIn(SCOPE, NOW_MS)?.untilMs ?? NOW_MS) - NOW_MS;
    one.restInScope(SCOPE, rest(5_000), NOW_MS);
    one.restInScope(SCOPE, rest(2_000), NOW_MS);
    expect(outFor()).toBe(5_000);
    one.restInScope(SCOPE, rest(7_000), NOW_MS);
    expect(outFor()).toBe(7_000);
    one.restInScope(SCOPE, rest(6_000), NOW_MS + 7_000);
    expect(outFor()).toBe(6_000);
  });
});

describe('the scopes that a key remembers', () => {
  const fill = (one: ManagedKey, from: number, to: number, nowMs = NOW_MS) => {
    for (let at = from; at < to; at++) one.restInScope(`s${at}`, rest(10_000 + at), nowMs);
  };

  it('are 64, of which the oldest is dropped first', () => {
    const one = key();
    fill(one, 0, 64);
    expect(one.restIn('s0', NOW_MS)).toBeDefined();
    one.restInScope('s0', rest(20_000), NOW_MS); // the newest again
    fill(one, 64, 65);
    expect(one.scopeRests.size).toBe(64);
    expect([one.restIn('s0', NOW_MS), one.restIn('s1', NOW_MS)]).toEqual([rest(20_000), undefined]);
    expect(one.restIn('s2', NOW_MS)).toBeDefined();
  });

  it('lose those that are over before any that still counts', () => {
    const one = key();
    one.restInScope('long', rest(60_000), NOW_MS);
    fill(one, 0, 10);
    fill(one, 1_000, 1_053);
    expect(one.scopeRests.size).toBe(64);
    one.restInScope('new', rest(60_000), NOW_MS + 10_009); // s0 to s9 are over
    expect([...one.scopeRests.keys()].slice(0, 2)).toEqual(['long', 's1000']);
    expect(one.scopeRests.size).toBe(55);
  });

  it('are as many for models that were not permitted', () => {
    const one = key();
    one.markNotPermitted('long', NOW_MS + 60_000, NOW_MS);
    for (let at = 0; at < 63; at++) one.markNotPermitted(`s${at}`, NOW_MS + 1_000 + at, NOW_MS);
    expect(one.isUnlikely('long', NOW_MS)).toBe(true);
    one.markNotPermitted('new', NOW_MS + 60_000, NOW_MS + 1_061);
    expect([...one.notPermitted.keys()]).toEqual(['long', 's62', 'new']);
    expect(one.isUnlikely('s62', NOW_MS + 1_061)).toBe(true);
    expect(one.isUnlikely('s62', NOW_MS + 1_062)).toBe(false);
    expect(one.isUnlikely('unknown', NOW_MS)).toBe(false);
  });
});
