import { AcceptedPairs } from '../../../src/proxy/auth/accepted-pairs';

describe('the networks from which a token was accepted', () => {
  it('are remembered for each token apart', () => {
    const pairs = new AcceptedPairs();
    pairs.add('pair-1', 'net-1', 'ann');
    expect([pairs.has('pair-1'), pairs.isRecent('net-1', 'ann')]).toEqual([true, true]);
    expect([pairs.has('pair-2'), pairs.isRecent('net-1', 'bob'), pairs.isRecent('net-2', 'ann')]).toEqual([
      ...[false, false, false],
    ]);
    pairs.add('pair-2', 'net-1', 'bob');
    expect([pairs.isRecent('net-1', 'ann'), pairs.isRecent('net-1', 'bob')]).toEqual([true, true]);
  });

  it('are 4,096 pairs, of which the least recently used is dropped first', () => {
    const pairs = new AcceptedPairs();
    for (let at = 0; at < 4_096; at++) pairs.add(`pair-${at}`, 'net', 'ann');
    expect(pairs.has('pair-0')).toBe(true);
    pairs.add('pair-0', 'net', 'ann'); // used again
    expect(pairs.has('pair-1')).toBe(true);
    pairs.add('pair-new', 'net', 'ann');
    expect(['pair-0', 'pair-1', 'pair-2', 'pair-new'].map((pair) => pairs.has(pair))).toEqual([
      ...[true, false, true, true],
    ]);
  });

  it('are 1,024 of those that need no hash, which are forgotten all at once', () => {
    const pairs = new AcceptedPairs();
    for (let at = 0; at < 1_024; at++) pairs.add(`pair-${at}`, `net-${at}`, 'ann');
    pairs.add('pair-bob', 'net-0', 'bob'); // no further network
    expect([pairs.isRecent('net-0', 'ann'), pairs.isRecent('net-1023', 'ann')]).toEqual([true, true]);
    pairs.add('pair-new', 'net-new', 'ann');
    expect([pairs.isRecent('net-0', 'ann'), pairs.isRecent('net-new', 'ann')]).toEqual([false, true]);
    expect(pairs.has('pair-0')).toBe(true);
  });
});
