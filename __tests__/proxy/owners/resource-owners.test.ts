import { ResourceOwners, type OwnerStore } from '../../../src/proxy/owners/resource-owners';

const KEY_A = 'a'.repeat(16);
const KEY_B = 'b'.repeat(16);

/** A store that instances share, in memory. */
class FakeStore implements OwnerStore {
  readonly saved = new Map<string, unknown>();
  loads = 0;
  save(name: string, fingerprint: string): void {
    this.saved.set(name, fingerprint);
  }
  load(names: readonly string[]): Promise<readonly unknown[]> {
    this.loads++;
    return Promise.resolve(names.map((name) => this.saved.get(name) ?? null));
  }
}

const shared = (poolName: string) => !poolName.endsWith('(client)');
const alone = () => new ResourceOwners({ isShared: shared });
const with_ = (store: OwnerStore) => new ResourceOwners({ isShared: shared, store: () => store });

describe('the owners of objects', () => {
  it('are remembered for each pool, and a later record replaces an earlier one', () => {
    const owners = alone();
    expect(owners.knowsObjects).toBe(false);
    owners.record('openai', 'file-1', KEY_A);
    expect(owners.knowsObjects).toBe(true);
    expect(owners.ownerOf('openai', ['file-1'])).toBe(KEY_A);
    expect(owners.ownerOf('openai', ['unknown', 'file-1'])).toBe(KEY_A);
    expect(owners.ownerOf('gemini', ['file-1'])).toBeUndefined();
    expect(owners.ownerOf('openai', [])).toBeUndefined();
    owners.record('openai', 'file-1', KEY_B);
    expect(owners.ownerOf('openai', ['file-1'])).toBe(KEY_B);
  });

  it('are found by the first known id', () => {
    const owners = alone();
    owners.record('openai', 'vs_1', KEY_A);
    owners.record('openai', 'file-1', KEY_B);
    expect(owners.ownerOf('openai', ['vs_1', 'file-1'])).toBe(KEY_A);
    expect(owners.ownerOf('openai', ['file-1', 'vs_1'])).toBe(KEY_B);
  });

  it.each([
    ['openai', 'file-', 4_000],
    ['openai', 'resp_', 6_000],
    ['openai (client)', 'file-', 1_000],
  ])('of %s %s are dropped above %i, the least recently used first', (poolName, prefix, max) => {
    const owners = alone();
    for (let at = 0; at < max; at++) owners.record(poolName, `${prefix}${at}`, KEY_A);
    expect(owners.ownerOf(poolName, [`${prefix}0`])).toBe(KEY_A); // and is the most recent
    owners.record(poolName, `${prefix}new`, KEY_A);
    expect(owners.ownerOf(poolName, [`${prefix}0`])).toBe(KEY_A);
    expect(owners.ownerOf(poolName, [`${prefix}1`])).toBeUndefined();
  });

  it('of files outlast any number of responses, and those of the server any number of clients’', () => {
    const owners = alone();
    owners.record('openai', 'file-1', KEY_A);
    for (let at = 0; at < 7_000; at++) {
      owners.record('openai', `resp_${at}`, KEY_B);
      owners.record('openai (client)', `file-${at}`, KEY_B);
    }
    expect(owners.ownerOf('openai', ['file-1'])).toBe(KEY_A);
  });
});

describe('owners that instances share', () => {
  it('are known to all, under names that reveal nothing', async () => {
    const store = new FakeStore();
    with_(store).record('openai', 'file-planted', KEY_A);
    const another = with_(store);
    expect(another.knowsObjects).toBe(true);
    expect(another.ownerOf('openai', ['file-planted'])).toBeUndefined();
    expect(await another.find('openai', ['unknown', 'file-planted'])).toBe(KEY_A);
    expect(another.ownerOf('openai', ['file-planted'])).toBe(KEY_A);
    expect([...store.saved.keys()].join()).toMatch(/^[\w-]{22}$/);
  });

  it('are loaded only for an id that is not known here', async () => {
    const store = new FakeStore();
    const owners = with_(store);
    owners.record('openai', 'file-1', KEY_A);
    expect(owners.find('openai', [])).toBeUndefined();
    expect(owners.find('openai', ['file-1'])).toBe(KEY_A);
    expect(store.loads).toBe(0);
    expect(await owners.find('openai', ['file-2'])).toBeUndefined();
    expect(store.loads).toBe(1);
  });

  it('are saved once for each new object', () => {
    const store = new FakeStore();
    const save = jest.spyOn(store, 'save');
    const owners = with_(store);
    for (let at = 0; at < 5; at++) owners.record('openai', 'resp_1', KEY_A);
    owners.record('openai', 'resp_1', KEY_B);
    expect(save.mock.calls.map(([, fingerprint]) => fingerprint)).toEqual([KEY_A, KEY_B]);
  });

  it('are not those of clients’ own keys', () => {
    const store = new FakeStore();
    const owners = with_(store);
    owners.record('openai (client)', 'file-1', KEY_A);
    expect(store.saved.size).toBe(0);
    expect(owners.find('openai (client)', ['file-1'])).toBe(KEY_A);
    expect(owners.find('openai (client)', ['file-2'])).toBeUndefined();
    expect(store.loads).toBe(0);
  });

  it.each([[['A'.repeat(16)]], [['a'.repeat(17)]], [[7]], [[{}]], [[]], [[null]]])(
    'are not taken from a store that says %j',
    async (values) => {
      const store: OwnerStore = { save: () => undefined, load: () => Promise.resolve(values) };
      expect(await with_(store).find('openai', ['file-1'])).toBeUndefined();
    },
  );

  it('are not used if the store fails, or does not respond in time', async () => {
    const failing: OwnerStore = { save: () => undefined, load: () => Promise.reject(new Error('gone')) };
    expect(await with_(failing).find('openai', ['file-1'])).toBeUndefined();
    const silent: OwnerStore = { save: () => undefined, load: () => new Promise(() => undefined) };
    expect(await with_(silent).find('openai', ['file-1'])).toBeUndefined();
  });

  it('delay at most sixty-four requests at once', () => {
    const silent: OwnerStore = { save: () => undefined, load: () => new Promise(() => undefined) };
    const owners = with_(silent);
    const waiting = Array.from({ length: 100 }, () => owners.find('openai', ['file-1']));
    expect(waiting.filter((one) => one instanceof Promise)).toHaveLength(64);
  });
});
