import { createHash } from 'node:crypto';

/** A text's 32-bit seed, the same in every instance. */
export function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32LE(0);
}

/**
 * How close a conversation is to a key, by weighted rendezvous hashing (Thaler and Ravishankar 1998; the weighted form
 * is Schindelhauer's): the highest score wins, and each key wins in proportion to its weight.
 */
export function rendezvousScore(conversationSeed: number, keySeed: number, weight: number): number {
  const uniform = (mix(conversationSeed ^ mix(keySeed)) + 0.5) / 2 ** 32;
  return -weight / Math.log(uniform);
}

/** The finalizer of MurmurHash3: each bit of the input changes half of the output's. */
function mix(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
