import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TokenPlaces, type SharedPlaces } from '../../../src/proxy/auth/token-places';

const MUM = { name: 'mum', id: 'mum~t5k2x9' };
const request = (network: string, userAgent: string | undefined = 'OpenAI/Python 1.2') =>
  ({
    headers: { 'x-forwarded-for': `${network}, 11.163.1.2`, 'user-agent': userAgent },
    socket: { remoteAddress: '11.163.0.9' },
  }) as unknown as IncomingMessage;

function setUp(shared?: SharedPlaces, secret?: string) {
  const news: string[] = [];
  const places = new TokenPlaces({
    secret,
    shared: () => shared,
    onNew: (name, what) => news.push(`${name} ${what}`),
  });
  return { news, places };
}

/** What instances know together, as Redis keeps it. */
function sharedSets() {
  const sets = new Map<string, Set<string>>();
  const shared: SharedPlaces = {
    add(name, place) {
      const set = sets.get(name) ?? new Set();
      const isNew = !set.has(place) && set.size > 0;
      sets.set(name, set.add(place));
      return Promise.resolve(isNew);
    },
  };
  return { sets, shared };
}

describe('A token in one instance alone', () => {
  it('has its first two networks and clients without news, and every further one is news once', () => {
    const { news, places } = setUp();
    places.see(request('203.0.113.7', 'a/1'), MUM);
    places.see(request('198.51.100.7', 'b/1'), MUM);
    expect(news).toEqual([]);
    places.see(request('192.0.2.7', 'a/1'), MUM);
    places.see(request('203.0.113.7', 'c/1'), MUM);
    places.see(request('192.0.2.7', 'c/1'), MUM);
    expect(news).toEqual(['mum network', 'mum client']);
  });

  it.each([
    ['an address in the same /16', request('203.0.99.1')],
    ['another version of the client', request('203.0.113.7', 'OpenAI/Python 9.9')],
    ['the client’s name in capitals', request('203.0.113.7', 'OPENAI/1')],
    ['what the client itself writes on the left', request('8.8.8.8, 203.0.113.7')],
    ['no public address, as of a gateway', request('11.9.9.9')],
  ])('is not in a new place with %s', (_what, same) => {
    const { news, places } = setUp();
    for (const network of ['198.51.100.1', '192.0.2.1', '203.0.113.7']) places.see(request(network), MUM);
    for (const client of ['a', 'b', 'openai/1']) places.see(request('203.0.113.7', client), MUM);
    news.length = 0;
    places.see(same, MUM);
    expect(news).toEqual([]);
  });

  it('is in another network with another /32 of IPv6, and not with another /64 of the same', () => {
    const { news, places } = setUp();
    for (const network of ['2001:db8:1:2::1', '2001:db8:9:9::1', '2001:db9::1'])
      places.see(request(network), MUM);
    expect(news).toEqual([]);
    places.see(request('2001:dba::1'), MUM);
    expect(news).toEqual(['mum network']);
  });

  it('is remembered with 16 places, and 1,000 tokens are', () => {
    const { news, places } = setUp();
    for (let at = 0; at < 18; at++) places.see(request('203.0.113.7', `client-${at}`), MUM);
    expect(news).toHaveLength(16);
    news.length = 0;
    places.see(request('203.0.113.7', 'client-17'), MUM);
    places.see(request('203.0.113.7', 'client-0'), MUM); // forgotten
    expect(news).toEqual(['mum client']);
    for (let at = 0; at < 1_000; at++) places.see(request('203.0.113.7'), { name: 't', id: String(at) });
    news.length = 0;
    places.see(request('203.0.113.7', 'another'), MUM); // the first place of a token that is not known any more
    expect(news).toEqual([]);
  });
});

describe('A token that instances know together', () => {
  it('is in a new place only if no other instance has seen it there, and its first place is no news', async () => {
    const { shared } = sharedSets();
    const one = setUp(shared, 'secret');
    const two = setUp(shared, 'secret');
    one.places.see(request('203.0.113.7'), MUM);
    two.places.see(request('203.0.113.7'), MUM);
    await new Promise(setImmediate);
    expect([one.news, two.news]).toEqual([[], []]);
    two.places.see(request('192.0.2.7'), MUM);
    one.places.see(request('192.0.2.7'), MUM);
    await new Promise(setImmediate);
    expect([one.news, two.news]).toEqual([[], ['mum network']]);
  });

  it('leaves nothing there but hashes under a key', async () => {
    const { sets, shared } = sharedSets();
    const { places } = setUp(shared, 'secret');
    places.see(request('203.0.113.7'), MUM);
    await new Promise(setImmediate);
    const all = [...sets].flatMap(([name, set]) => [name, ...set]);
    expect(all).toHaveLength(4);
    for (const text of all) expect(text).toMatch(/^[\w-]{43}$/);
    const other = sharedSets();
    setUp(other.shared, 'another secret').places.see(request('203.0.113.7'), MUM);
    expect([...other.sets.keys()].some((name) => sets.has(name))).toBe(false);
  });

  it('has no news while Redis is gone', async () => {
    const { news, places } = setUp({ add: () => Promise.reject(new Error('gone')) }, 'secret');
    for (const network of ['203.0.113.7', '198.51.100.1', '192.0.2.1']) places.see(request(network), MUM);
    await new Promise(setImmediate);
    expect(news).toEqual([]);
  });
});

describe('The places of a token', () => {
  const seen = (places: TokenPlaces, id = MUM.id) => {
    const { networks, clients } = places.countsOf(id);
    return [networks, clients];
  };

  it('are counted, each once, of a token that was seen', () => {
    const { places } = setUp();
    expect(seen(places)).toEqual([0, 0]);
    places.see(request('203.0.113.7', 'a/1'), MUM);
    places.see(request('203.0.99.9', 'A/2'), MUM);
    places.see(request('192.0.2.7', 'a/1'), MUM);
    expect([seen(places), seen(places, 'another')]).toEqual([
      [2, 1],
      [0, 0],
    ]);
  });

  it('are 16 at most of each', () => {
    const { places } = setUp();
    for (let at = 0; at < 16; at++) places.see(request(`203.${at}.113.7`, `client-${at}`), MUM);
    expect(seen(places)).toEqual([16, 16]);
    places.see(request('203.16.113.7', 'client-16'), MUM);
    expect(seen(places)).toEqual([16, 16]);
  });

  it('are the oldest token’s no more once there are more than 1,000', () => {
    const { places } = setUp();
    for (let at = 0; at < 1_000; at++) places.see(request('203.0.113.7'), { name: 't', id: `t${at}` });
    expect([seen(places, 't0'), seen(places, 't999')]).toEqual([
      [1, 1],
      [1, 1],
    ]);
    places.see(request('203.0.113.7'), { name: 't', id: 'one more' });
    expect([seen(places, 't0'), seen(places, 't1'), seen(places, 'one more')]).toEqual([
      [0, 0],
      [1, 1],
      [1, 1],
    ]);
  });

  it('are one for all clients without a name', () => {
    const { places } = setUp();
    for (const userAgent of [undefined, '', '(none)', 'a/1']) {
      const from = request('203.0.113.7', userAgent);
      if (userAgent === undefined) delete from.headers['user-agent'];
      places.see(from, MUM);
    }
    expect(seen(places)).toEqual([1, 2]);
  });

  it('are forgotten where Redis could not be asked, so that it is asked again', async () => {
    const asked: string[] = [];
    const add = (set: string) => {
      asked.push(set);
      return Promise.reject(new Error('gone'));
    };
    const { places } = setUp({ add }, 'secret');
    for (const network of ['203.0.113.7', '192.0.2.7', '203.0.113.7']) {
      places.see(request(network), MUM);
      await new Promise(setImmediate);
    }
    expect(asked).toHaveLength(4); // three of networks, one of the client
    expect(seen(places)).toEqual([0, 0]);
  });

  it('have names that depend on the secret in a way of their own', async () => {
    const { sets, shared } = sharedSets();
    setUp(shared, 'secret').places.see(request('203.0.113.7', 'a/1'), MUM);
    await new Promise(setImmediate);
    const key = createHmac('sha256', 'places').update('secret').digest();
    const name = createHmac('sha256', key).update(`network\0${MUM.id}`).digest('base64url');
    const place = createHmac('sha256', key).update(`${name}\x00203.0`).digest('base64url');
    expect(sets.get(name)).toEqual(new Set([place]));
  });
});
