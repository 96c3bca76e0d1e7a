import { redisOwnerStore } from '../../src/redis/owner-store';

const FINGERPRINT = 'a'.repeat(16);

describe('owners in Redis', () => {
  it('are values that expire after thirty days', async () => {
    const values = new Map<string, string>();
    const set = jest.fn((key: string, value: string) => Promise.resolve(values.set(key, value)));
    const store = redisOwnerStore(
      () =>
        Promise.resolve({
          set,
          mget: (...keys) => Promise.resolve(keys.map((key) => values.get(key) ?? null)),
        }),
      'p',
    );
    store.save('name', FINGERPRINT);
    await new Promise(setImmediate);
    expect(set.mock.calls).toEqual([['p:owner:name', FINGERPRINT, 'PX', 2_592_000_000]]);
    expect(await store.load(['other', 'name'])).toEqual([null, FINGERPRINT]);
  });

  it('wait for a Redis that stalls 256 at a time, and are shared again when it goes on', async () => {
    const stalled: (() => void)[] = [];
    let calls = 0;
    const store = redisOwnerStore(
      () =>
        Promise.resolve({
          set: () => {
            calls++;
            return new Promise<void>((resolve) => stalled.push(resolve));
          },
          mget: () => Promise.resolve([]),
        }),
      'p',
    );
    for (let at = 0; at < 1_000; at++) store.save(String(at), FINGERPRINT);
    await new Promise(setImmediate);
    expect(calls).toBe(256);
    for (const resume of stalled.splice(0)) resume();
    await new Promise(setImmediate);
    store.save('later', FINGERPRINT);
    await new Promise(setImmediate);
    expect(calls).toBe(257);
  });

  it('are lost without other effect if Redis is unreachable', async () => {
    const store = redisOwnerStore(() => Promise.reject(new Error('gone')), 'p');
    for (let at = 0; at < 300; at++) store.save(String(at), FINGERPRINT);
    await new Promise(setImmediate);
    await expect(store.load(['name'])).rejects.toThrow('gone');
  });
});
