import { parseCoolDown } from '../../../src/proxy/keys/parse-cool-down';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const GOOD = {
  pool: 'openai',
  fingerprint: '0123456789abcdef',
  model: 'gpt-5',
  reason: 'rate-limited',
  untilMs: NOW_MS + 20_000,
  strikes: 2,
};
const parse = (changes: object) => parseCoolDown(JSON.stringify({ ...GOOD, ...changes }), NOW_MS);

describe('a cool-down from Redis', () => {
  it('is parsed as it was published', () => {
    expect(parse({})).toEqual(GOOD);
    expect(parse({ model: '', reason: 'invalid' })).toEqual({ ...GOOD, model: '', reason: 'invalid' });
    expect(parse({ model: 'x'.repeat(301) })).toBeDefined();
  });

  it('enables a key again with the time 0', () => {
    expect(parse({ untilMs: 0 })?.untilMs).toBe(0);
  });

  it('of a spent budget keeps the end of its window and the sum, and is ignored without that', () => {
    const spent = { reason: 'budget-spent', model: '', untilMs: NOW_MS + 700 * HOUR_MS, strikes: 0 };
    expect(parse({ ...spent, spentNanoUsd: 9 })).toEqual({ ...GOOD, ...spent, spentNanoUsd: 9 });
    for (const spentNanoUsd of [undefined, null, '9', -1, 1e300])
      expect(parse({ ...spent, spentNanoUsd })).toBeUndefined();
  });

  it('has no other members than a cool-down', () => {
    expect(parse({ more: 'x', __proto__: { polluted: true } })).toEqual(GOOD);
  });

  it.each([
    ['a time after the longest', { untilMs: Number.MAX_SAFE_INTEGER }, { untilMs: NOW_MS + 24 * HOUR_MS }],
    ['a time a year ahead', { untilMs: NOW_MS + 8_760 * HOUR_MS }, { untilMs: NOW_MS + 24 * HOUR_MS }],
    ['too many failures', { strikes: 1e15 }, { strikes: 100 }],
  ])('is clamped: %s', (_what, changes, expected) => {
    expect(parse(changes)).toEqual({ ...GOOD, ...expected });
  });

  it.each([
    ['no pool', { pool: undefined }],
    ['an empty pool', { pool: '' }],
    ['a pool that is a number', { pool: 7 }],
    ['a pool with a long name', { pool: 'p'.repeat(65) }],
    ['a fingerprint of another length', { fingerprint: '0123' }],
    ['a fingerprint that is a list', { fingerprint: ['0123456789abcdef'] }],
    ['no model', { model: undefined }],
    ['a scope of 302 bytes', { model: 'x'.repeat(302) }],
    ['a scope of 101 characters and 303 bytes', { model: '模'.repeat(101) }],
    ['an unknown reason', { reason: 'because' }],
    ['the name of a method as its reason', { reason: 'constructor' }],
    ['a reason that is an object', { reason: { toString: 'invalid' } }],
    ['no time', { untilMs: undefined }],
    ['a time that is null (as JSON writes NaN)', { untilMs: null }],
    ['a time that is text', { untilMs: '1800000000000' }],
    ['a time before the epoch', { untilMs: -1 }],
    ['a time past every date', { untilMs: 1e300 }],
    ['failures below none', { strikes: -1 }],
    ['failures that are text', { strikes: '2' }],
  ])('is ignored with %s', (_what, changes) => {
    expect(parse(changes)).toBeUndefined();
  });

  it.each(['', 'null', '7', '"text"', '[]', '{', '{"untilMs":1e999}', `"${'x'.repeat(3_000)}"`])(
    'is ignored if it is %j',
    (text) => {
      expect(parseCoolDown(text, NOW_MS)).toBeUndefined();
    },
  );

  it('is ignored if it is longer than any real one', () => {
    expect(parse({ padding: 'x'.repeat(2_048) })).toBeUndefined();
  });

  it('is ignored with an infinite time', () => {
    const text = JSON.stringify(GOOD).replace(String(GOOD.untilMs), '1e999');
    expect(parseCoolDown(text, NOW_MS)).toBeUndefined();
  });
});
