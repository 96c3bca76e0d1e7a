import dns from 'node:dns';
import { isIP } from 'node:net';
import { addressesOf, reached } from '../../../src/proxy/connect/name-lookup';

type Done = (error: Error | null, found?: dns.LookupAddress[]) => void;

let names = 0;
let host: string;
/** Lookups that have no result yet. */
let waiting: Done[];
let lookup: jest.SpyInstance;

beforeEach(() => {
  host = `lookup-${++names}.test`; // what is known of a name stays
  waiting = [];
  const hold = (_name: string, _options: unknown, done: Done) => waiting.push(done);
  lookup = jest.spyOn(dns, 'lookup').mockImplementation(hold as unknown as typeof dns.lookup);
});
afterEach(() => jest.restoreAllMocks());

function resolveWith(...addresses: readonly string[]): void {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  for (const done of waiting.splice(0)) done(null, found);
}

function fail(code: string): void {
  for (const done of waiting.splice(0)) done(Object.assign(new Error(code), { code }));
}

describe('The lookup of a name', () => {
  it('is shared by all requests that wait for it', async () => {
    const all = Array.from({ length: 100 }, () => addressesOf(host));
    expect(lookup).toHaveBeenCalledTimes(1);
    resolveWith('192.0.2.1');
    expect(new Set((await Promise.all(all)).flat())).toEqual(new Set(['192.0.2.1']));
  });

  it('does not wait for that of another name', async () => {
    void addressesOf(host);
    const [dead] = waiting.splice(0);
    const other = addressesOf(`other-${host}`);
    resolveWith('192.0.2.2');
    expect(await other).toEqual(['192.0.2.2']);
    dead?.(null, [{ address: '192.0.2.1', family: 4 }]);
  });

  it('is made again for the next connection, so that a name that moves is followed', async () => {
    const before = addressesOf(host);
    resolveWith('192.0.2.1');
    await before;
    const after = addressesOf(host);
    resolveWith('192.0.2.2');
    expect(await after).toEqual(['192.0.2.2']);
  });

  it.each([
    ['fails', () => fail('EAI_AGAIN')],
    ['gets no response within a second', () => undefined],
  ])('is replaced by the last known addresses if it %s', async (_what, end) => {
    const before = addressesOf(host);
    resolveWith('192.0.2.1');
    await before;
    const after = addressesOf(host);
    end();
    expect(await after).toEqual(['192.0.2.1']);
  });

  it('is not replaced by addresses that are an hour old', async () => {
    const before = addressesOf(host);
    resolveWith('192.0.2.1');
    await before;
    const later = Date.now() + 60 * 60_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    const after = addressesOf(host);
    fail('EAI_AGAIN');
    await expect(after).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  it('fails with its own code for an unknown name, and is made again', async () => {
    const first = addressesOf(host);
    fail('ENOTFOUND');
    await expect(first).rejects.toMatchObject({ code: 'ENOTFOUND' });
    const second = addressesOf(host);
    resolveWith('192.0.2.1');
    expect(await second).toEqual(['192.0.2.1']);
  });

  it('fails as for a name that does not exist if it finds no address', async () => {
    const none = addressesOf(host);
    resolveWith();
    await expect(none).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('The addresses of a name', () => {
  it('alternate the families, each in the order of the system', async () => {
    const all = addressesOf(host);
    resolveWith('2001:db8::1', '2001:db8::2', '2001:db8::3', '192.0.2.1', '192.0.2.2');
    expect(await all).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2', '2001:db8::3']);
  });

  it('are sixteen at most', async () => {
    const all = addressesOf(host);
    resolveWith(...Array.from({ length: 200 }, (_, at) => `192.0.2.${at}`));
    expect(await all).toHaveLength(16);
  });

  it('start for ten minutes with the one that was reached instead of the first', async () => {
    const inOrder = async () => {
      const all = addressesOf(host);
      resolveWith('192.0.2.1', '192.0.2.2', '192.0.2.3');
      return all;
    };
    await inOrder();
    reached(host, '192.0.2.2', false);
    expect(await inOrder()).toEqual(['192.0.2.2', '192.0.2.1', '192.0.2.3']);
    const later = Date.now() + 10 * 60_000;
    jest.spyOn(Date, 'now').mockReturnValue(later);
    expect(await inOrder()).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
  });

  it('do not start with one that the name no longer has', async () => {
    const first = addressesOf(host);
    resolveWith('192.0.2.1', '192.0.2.2');
    await first;
    reached(host, '192.0.2.2', false);
    const second = addressesOf(host);
    resolveWith('192.0.2.3');
    expect(await second).toEqual(['192.0.2.3']);
  });
});
