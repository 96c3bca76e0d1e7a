import { inTurns } from '../../../scripts/bench/rig/pairs';
import { numberedRequests } from '../../../scripts/bench/rig/request';

describe('two kinds of work that are compared', () => {
  test('are measured in rotating order', async () => {
    const order: string[] = [];
    await inTurns(3, { plain: 'a', costly: 'b' }, (kind) => {
      order.push(kind);
      return Promise.resolve(1);
    });
    expect(order.join('')).toBe('abbaab');
  });

  test('differ by the median of the differences within each turn, not by that of the medians', async () => {
    const figures = [10, 15, 105, 100, 1_000, 1_001];
    const result = await inTurns(3, { plain: 'a', costly: 'b' }, () =>
      Promise.resolve(figures.shift() ?? NaN),
    );
    expect(result).toEqual({ plain: 100, costly: 105, difference: 5 });
    const apart = [10, 11, 130, 100, 20, 70]; // 1, 30 and 50; the medians are 20 and 70
    await expect(
      inTurns(3, { plain: 'a', costly: 'b' }, () => Promise.resolve(apart.shift() ?? NaN)),
    ).resolves.toEqual({ plain: 20, costly: 70, difference: 30 });
  });
});

describe('numbered requests', () => {
  test('are as long as each other, and none has the number of another', () => {
    const one = numberedRequests((number) => Buffer.from(`a: ${number}\r\n`));
    const other = numberedRequests((number) => Buffer.from(`a: ${number}\r\n`));
    const requests = [one(), other(), one(), other()];
    expect(new Set(requests.map(String)).size).toBe(4);
    expect(requests.map(String).every((text) => /^a: \d{12}\r\n$/.test(text))).toBe(true);
  });
});
