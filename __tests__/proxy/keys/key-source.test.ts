import { KeySource, keyOwnerOf, type CredentialSource } from '../../../src/proxy/keys/key-source';
import type { WeightedKey } from '../../../src/proxy/keys/managed-key';
import { anthropic } from '../../../src/providers/anthropic';
import { gemini } from '../../../src/providers/gemini';
import { openai } from '../../../src/providers/openai';
import type { Provider } from '../../../src/providers/provider';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const MIDNIGHT = Date.parse('2026-11-30T00:00:00Z');

const makeSource = (
  pools: ReadonlyMap<Provider, readonly WeightedKey[]> = new Map(),
  previous?: ConstructorParameters<typeof KeySource>[1],
) =>
  new KeySource(
    {
      pools,
      strategy: 'round-robin',
      now: () => NOW,
      random: () => 0,
      events: { coolDown: () => undefined, addressSuspected: () => undefined },
    },
    previous,
  );

const keys = (...names: string[]): readonly WeightedKey[] => names.map((key) => ({ key, weight: 1 }));

/** A source in a word: whose it is, and the key, or the keys of its pool. */
function told(source: CredentialSource | undefined): string | undefined {
  if (source?.kind === 'pool') {
    const { owner, keys: inPool } = source.pool;
    return `${owner}: ${inPool.map(({ key }) => key).join(' ')}`;
  }
  return source?.kind === 'client-key' ? `client: ${source.key}` : source?.kind;
}

describe('where a request’s key comes from', () => {
  const OWN = 'sk-own';

  it.each<[string, Provider, string | undefined, string, string, string | undefined]>([
    ['the server’s pool', openai, OWN, '/v1/models', '', 'server: one two'],
    ['the server’s pool without one of the client', openai, undefined, '/v1/models', '', 'server: one two'],
    ['the client where the server has none', anthropic, OWN, '/v1/models', '', 'client: sk-own'],
    ['several of the client', anthropic, 'a|b, c,,a', '/v1/models', '', 'client: a b c'],
    ['one of a list', anthropic, '|a,', '/v1/models', '', 'client: a'],
    ['nowhere in a list of none', anthropic, '|,', '/v1/models', '', undefined],
    ['nowhere', anthropic, undefined, '/v1/models', '', undefined],
    ['a short-lived one of the client', openai, 'ek_123', '/v1/models', '', 'client: ek_123'],
    ['a short-lived one elsewhere', anthropic, 'ek_123', '/v1/models', '', 'client: ek_123'],
    ['the query', gemini, undefined, '/v1beta/models', '?access_token=x', 'address'],
    ['not the query of another provider', openai, OWN, '/v1/models', '?access_token=x', 'server: one two'],
    ['the address of an upload', gemini, undefined, '/upload/v1beta/files', '?upload_id=x', 'address'],
    [
      'the client that continues an upload',
      gemini,
      OWN,
      '/upload/v1beta/files',
      '?upload_id=x',
      'client: sk-own',
    ],
    ['not the address of its beginning', gemini, undefined, '/upload/v1beta/files', '', undefined],
    ['not the address of another path', gemini, undefined, '/v1beta/files', '?upload_id=x', undefined],
    ['not the address for others', openai, OWN, '/upload/v1beta/files', '?upload_id=x', 'server: one two'],
  ])('is %s', (_what, provider, credential, path, query, expected) => {
    const source = makeSource(new Map([[openai, keys('one', 'two')]]));
    expect(told(source.for(provider, credential, { path, query }))).toBe(expected);
  });

  it('is the server’s pool for an upload that one of its keys began', () => {
    const source = makeSource(new Map([[gemini, keys('one')]]));
    const upload = { path: '/upload/v1beta/files', query: '?upload_id=x' };
    expect(told(source.for(gemini, undefined, upload))).toBe('address');
    expect(told(source.for(gemini, undefined))).toBe('server: one');
  });

  it('is the same pool where a provider speaks another format', () => {
    const messages: Provider = { ...anthropic, name: 'both' };
    const both: Provider = { ...openai, name: 'both', messages };
    const source = makeSource(new Map([[both, keys('one')]]));
    expect(source.serverPool(messages)).toBe(source.serverPool(both));
    expect(source.serverPool(both)?.name).toBe('both');
    expect(source.serverPool(openai)).toBeUndefined();
  });

  it('has no pool of a provider without keys', () => {
    const source = makeSource(new Map([[openai, []]]));
    expect(source.serverPool(openai)).toBeUndefined();
    expect(source.poolNames()).toEqual([]);
  });

  it.each([
    [openai, undefined, 'server'],
    [anthropic, 'a|b', 'client'],
    [anthropic, 'a', 'client'],
  ])('belongs to its owner', (provider, credential, owner) => {
    const source = makeSource(new Map([[openai, keys('one')]])).for(provider, credential);
    expect(source && keyOwnerOf(source)).toBe(owner);
    expect(keyOwnerOf({ kind: 'address' })).toBe('none');
  });
});

describe('what instances share of the server’s pools', () => {
  const budget = { nanoUsd: 5_000_000_000, period: 'day' } as const;
  const make = () =>
    makeSource(
      new Map([
        [openai, [...keys('one'), { key: 'two', weight: 1, budget }]],
        [anthropic, keys('three')],
      ]),
    );
  const fingerprints = (source: KeySource, provider: Provider) =>
    source.serverPool(provider)?.keys.map(({ fingerprint }) => fingerprint) ?? [];

  it('names them', () => {
    expect(make().poolNames()).toEqual(['openai', 'anthropic']);
  });

  it('reports each of them', () => {
    const report = make().report();
    expect(Object.keys(report)).toEqual(['openai', 'anthropic']);
    expect(report['openai']).toHaveLength(2);
    expect(report['anthropic']).toMatchObject([{ state: 'live' }]);
  });

  it('takes over a cool-down of the pool that it is of, alone', () => {
    const source = make();
    const [fingerprint = ''] = fingerprints(source, openai);
    const coolDown = {
      fingerprint,
      model: '',
      reason: 'invalid',
      untilMs: NOW + 60_000,
      strikes: 1,
    } as const;
    const states = () => source.report()['openai']?.map(({ state }) => state);
    source.adopt({ ...coolDown, pool: 'anthropic' });
    expect(states()).toEqual(['live', 'live']);
    source.adopt({ ...coolDown, pool: 'openai' });
    expect(states()).toEqual(['out', 'live']);
  });

  it('tells the keys with a budget, and takes over what was spent with them', () => {
    const source = make();
    const [, fingerprint = ''] = fingerprints(source, openai);
    expect(source.budgets()).toEqual([{ pool: 'openai', fingerprint, period: 'day', endMs: MIDNIGHT }]);
    const spent = { fingerprint, endMs: MIDNIGHT, nanoUsd: 2_000_000_000 };
    const spentUsd = () => source.report()['openai']?.[1]?.budget?.spent_usd;
    source.recordSpent({ ...spent, pool: 'anthropic' });
    expect(spentUsd()).toBe(0);
    source.recordSpent({ ...spent, pool: 'openai' });
    expect(spentUsd()).toBe(2);
  });

  it('sets the turn of the pool that is meant', () => {
    const firstOf = (startedPool: string) => {
      const source = make();
      source.startAt(startedPool, 1);
      const lease = source.serverPool(openai)?.take({ scope: 's', conversation: undefined, tried: [] });
      return lease === undefined || lease === 'wait' ? lease : lease.poolKey.key;
    };
    expect([firstOf('anthropic'), firstOf('openai')]).toEqual(['one', 'two']);
  });

  it('goes on with the keys of the pools that it replaces', () => {
    const before = make();
    const pool = before.serverPool(openai);
    const previous = new Map(pool ? [['openai', pool]] : []);
    const after = makeSource(new Map([[openai, keys('one', 'new')]]), previous);
    expect(after.serverPool(openai)?.keys[0]).toBe(pool?.keys[0]);
    expect(after.serverPool(openai)?.keys[1]?.key).toBe('new');
  });
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
