import { createHash } from 'node:crypto';

/** A secret's 32-bit seed, the same in every instance. */
export function seedOf(secret: string): number {
  return createHash('sha256').update(secret).digest().readUInt32LE(0);
}

const FNV_SEED = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a: the hash of a conversation need not be secret, and is computed for each request. */
export function quickHash(bytes: Uint8Array, seed = FNV_SEED, start = 0, end = bytes.length): number {
  let hash = seed;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
  return hash >>> 0;
}

/** The same of a text's UTF-16 units. */
export function quickTextHash(text: string): number {
  let hash = FNV_SEED;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}

/** The 32-bit seed of a conversation's name, the same in every instance. */
export function conversationSeed(name: string): number {
  return mix(quickTextHash(name));
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
