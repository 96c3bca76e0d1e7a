import { createFormat } from '../../../src/pages/console-app/texts/format';

const [english, chinese] = [createFormat('en'), createFormat('zh-CN')];
const NOW = Date.parse('2026-11-29T12:00:00Z');

describe('a value on the page', () => {
  it.each([
    ['money', () => english.money(2_750_000_000), '$2.75'],
    ['money below a dollar', () => english.money(2_140_000), '$0.0021'],
    ['very little money', () => english.money(40), '<$0.0001'],
    ['no money', () => english.money(0), '$0.00'],
    ['much money', () => english.money(1_234_567_000_000_000), '$1,234,567.00'],
    ['money in Chinese', () => chinese.money(2_750_000_000), '$2.75'],
    ['a number', () => english.number(1_172_292), '1,172,292'],
    ['a number in few digits', () => english.compact(565_200), '565.2K'],
    ['a number in few Chinese digits', () => chinese.compact(565_200), '56.5万'],
    ['a share', () => english.percent(0.0132), '1.3%'],
    ['milliseconds', () => english.duration(412), '412ms'],
    ['seconds', () => english.duration(1_730), '1.73s'],
    ['many seconds', () => english.duration(90_000), '90.0s'],
    ['minutes', () => english.duration(890_000), '15m'],
    ['hours in Chinese', () => chinese.duration(18_000_000), '5.0小时'],
    ['days', () => english.duration(9 * 86_400_000), '9.0d'],
    ['a size', () => english.bytes(83_000_000), '79.2MB'],
    ['a small size', () => english.bytes(0), '0B'],
    ['a past moment', () => english.relative(NOW - 120_000, NOW), '2 minutes ago'],
    ['a coming moment in Chinese', () => chinese.relative(NOW + 42_000, NOW), '42秒钟后'],
    ['now', () => english.relative(NOW, NOW), 'now'],
    ['a day of UTC', () => english.day(Date.parse('2026-11-29T23:59:59Z')), 'Nov 29'],
    ['names', () => english.list(['a', 'b']), 'a, b'],
  ])('that is %s is written for its reader', (_what, written, expected) => {
    expect(written().replaceAll(/[\u00a0\u202f]/g, ' ')).toBe(expected);
  });

  it('that is not known is a dash', () => {
    const { number, compact, money, percent, duration, bytes } = english;
    expect([number, compact, money, percent, duration, bytes].map((write) => write(null))).toEqual(
      Array.from({ length: 6 }, () => '–'),
    );
  });
});
