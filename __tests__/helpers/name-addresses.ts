import dns, { type LookupAddress, type LookupAllOptions } from 'node:dns';

type Done = (error: Error | null, found: LookupAddress[]) => void;

/** In this process a name has these addresses, until mocks are restored. */
export function nameAddresses(name: string, addresses: readonly string[]): void {
  const lookup = dns.lookup as (host: string, options: LookupAllOptions, done: Done) => void;
  const all = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const mocked = (host: string, options: LookupAllOptions, done: Done) => {
    if (host === name) process.nextTick(done, null, all);
    else lookup(host, options, done);
  };
  jest.spyOn(dns, 'lookup').mockImplementation(mocked as unknown as typeof dns.lookup);
}
