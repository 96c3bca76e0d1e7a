import { KeySource } from '../../../src/proxy/keys/key-source';
import { openai } from '../../../src/providers/openai';

const makeSource = () =>
  new KeySource({
    pools: new Map(),
    strategy: 'round-robin',
    now: () => 0,
    random: () => 0,
    events: { coolDown: () => undefined, addressSuspected: () => undefined },
  });

/** A credential of so many joined keys of so many characters. */
const joined = (name: string, keys: number, length = 20) =>
  Array.from({ length: keys }, (_, at) => `${name}-${at}-`.padEnd(length, 'x')).join('|');

describe('pools of joined keys that clients sent', () => {
  it('are kept while they are used', () => {
    const source = makeSource();
    const first = source.for(openai, joined('a', 3));
    expect(typeof first).toBe('object');
    for (let at = 0; at < 500; at++) {
      source.for(openai, joined(`other-${at}`, 16));
      expect(source.for(openai, joined('a', 3))).toBe(first);
    }
  });

  it.each([
    ['4,096 keys in all', 32, 20, 4_096 / 32 + 1],
    ['4 MB in all, where keys are long', 2, 15_000, 140],
  ])('are dropped, the least recently used first, above %s', (_what, keys, length, others) => {
    const source = makeSource();
    const first = source.for(openai, joined('a', keys, length));
    const second = source.for(openai, joined('b', keys, length));
    for (let at = 0; at < 20; at++) source.for(openai, joined(`c-${at}`, keys, length));
    expect(source.for(openai, joined('a', keys, length))).toBe(first);
    for (let at = 0; at < others - 25; at++) source.for(openai, joined(`d-${at}`, keys, length));
    expect(source.for(openai, joined('a', keys, length))).toBe(first);
    for (let at = 0; at < 25; at++) source.for(openai, joined(`e-${at}`, keys, length));
    expect(source.for(openai, joined('a', keys, length))).toBe(first);
    expect(source.for(openai, joined('b', keys, length))).not.toBe(second);
    for (let at = 0; at < others; at++) source.for(openai, joined(`f-${at}`, keys, length));
    expect(source.for(openai, joined('a', keys, length))).not.toBe(first);
  });

  it('are not made for more than 32 joined keys', () => {
    expect(() => makeSource().for(openai, joined('a', 33))).toThrow(
      expect.objectContaining({ code: 'too-many-keys' }) as Error,
    );
  });
});
