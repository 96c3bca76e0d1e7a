import {
  conversationSeed,
  quickHash,
  quickTextHash,
  rendezvousScore,
  seedOf,
} from '../../../src/proxy/keys/rendezvous-hash';

describe('the hashes', () => {
  // http://www.isthe.com/chongo/tech/comp/fnv/
  it.each([
    ['', 0x811c9dc5],
    ['a', 0xe40c292c],
    ['foobar', 0xbf9cf968],
  ])('FNV-1a of %j is %d', (text, hash) => {
    expect(quickHash(Buffer.from(text))).toBe(hash);
    expect(quickTextHash(text)).toBe(hash);
  });

  it('goes on from a seed, and from one place to another', () => {
    const bytes = Buffer.from('xxfoobarxx');
    expect(quickHash(bytes, undefined, 2, 8)).toBe(0xbf9cf968);
    expect(quickHash(bytes, quickHash(bytes, undefined, 2, 5), 5, 8)).toBe(0xbf9cf968);
  });

  it('seeds a secret by its SHA-256', () => {
    // printf %s abc | sha256sum: ba7816bf…
    expect(seedOf('abc')).toBe(0xbf1678ba);
  });

  it('spreads the seeds of names that differ in one character', () => {
    const seeds = Array.from({ length: 1_000 }, (_, at) => conversationSeed(`chat-${at}`));
    expect(new Set(seeds).size).toBe(1_000);
    for (let bit = 0; bit < 32; bit++) {
      const set = seeds.filter((seed) => (seed >>> bit) & 1).length;
      expect(set).toBeGreaterThan(400);
      expect(set).toBeLessThan(600);
    }
  });
});

describe('the score of a key for a conversation', () => {
  const keys = ['one', 'two', 'three'].map(seedOf);
  const closest = (conversation: number, weights: readonly number[]) => {
    const scores = keys.map((seed, at) => rendezvousScore(conversation, seed, weights[at] ?? 1));
    return scores.indexOf(Math.max(...scores));
  };
  const shares = (weights: readonly number[]) => {
    const counts = [0, 0, 0];
    for (let at = 0; at < 6_000; at++) {
      const best = closest(conversationSeed(`chat-${at}`), weights);
      counts[best] = (counts[best] ?? 0) + 1;
    }
    return counts.map((count) => count / 6_000);
  };

  it('is positive and finite', () => {
    for (let at = 0; at < 1_000; at++) {
      const score = rendezvousScore(conversationSeed(`chat-${at}`), keys[0] ?? 0, 1);
      expect(score > 0 && Number.isFinite(score)).toBe(true);
    }
  });

  it.each([[[1, 1, 1]], [[1, 2, 3]], [[10, 1, 1]]])('shares conversations by the weights %j', (weights) => {
    const sum = weights.reduce((one, other) => one + other);
    for (const [at, share] of shares(weights).entries())
      expect(Math.abs(share - (weights[at] ?? 0) / sum)).toBeLessThan(0.03);
  });

  it('moves only the conversations of a key that fails', () => {
    for (let at = 0; at < 1_000; at++) {
      const conversation = conversationSeed(`chat-${at}`);
      const before = closest(conversation, [1, 1, 1]);
      if (before !== 2) expect(closest(conversation, [1, 1, 1e-9])).toBe(before);
    }
  });
});
