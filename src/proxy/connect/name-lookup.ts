import { ADDRCONFIG, lookup as lookUpName, type LookupAddress } from 'node:dns';

/** How long an address is tried first after it responded and an earlier one did not (RFC 6555 §4.2 names 10 min). */
const PREFERENCE_MS = 10 * 60_000;
/** A working name server takes some ms to respond; after this time known addresses are used instead. */
const LOOKUP_PATIENCE_MS = 1_000;
/** How long known addresses are used: after that the name may have moved. */
const KNOWN_MS = 60 * 60_000;
/** The most addresses to try: few names have more than a dozen, and a name server may send any number. */
const MAX_ADDRESSES = 16;

interface Name {
  /** The lookup in progress, shared by all requests for the name. */
  lookup?: Promise<readonly string[]> | undefined;
  known?: { readonly addresses: readonly string[]; readonly atMs: number };
  preferred?: { readonly address: string; readonly atMs: number };
}

/** By host name. The names are those of the configuration, so there are few. */
const names = new Map<string, Name>();

/**
 * A name's addresses, in the order in which to try them. `dns.lookup` occupies a thread of libuv's pool until the name
 * servers respond or it gives up, after 10 s or more; at most half of the pool's threads do that at a time. So there is
 * one lookup per name at a time, and a name whose servers do not respond takes one thread for any number of requests.
 * Nothing is cached while the name servers work: a name that moves is followed at once. If they fail, or take more than
 * a second, the addresses of the last hour are used.
 * @throws Node's own lookup error, such as `ENOTFOUND`
 */
export async function addressesOf(host: string): Promise<readonly string[]> {
  const name = entryOf(host);
  name.lookup ??= lookUp(host)
    .then((addresses) => {
      name.known = { addresses, atMs: Date.now() };
      return addresses;
    })
    .finally(() => {
      name.lookup = undefined;
    });
  return inOrder(await orKnown(name.lookup, name.known), name.preferred);
}

/** Records which address could be reached: if it was not the first to be tried, it is from now on. */
export function reached(host: string, address: string, first: boolean): void {
  const name = names.get(host);
  if (name && !first) name.preferred = { address, atMs: Date.now() };
}

function entryOf(host: string): Name {
  const known = names.get(host);
  if (known) return known;
  const name: Name = {};
  names.set(host, name);
  return name;
}

/**
 * With the operating system's resolver, not c-ares: containers and tests rely on `/etc/hosts` and `nsswitch.conf`. The
 * order is the system's as well (RFC 6724: it knows the routes) unless `--dns-result-order` says otherwise.
 */
function lookUp(host: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    // ADDRCONFIG, as Node's sockets use it: no IPv6 addresses if this machine has no IPv6 address.
    lookUpName(host, { all: true, hints: ADDRCONFIG }, (error, found) => {
      if (error) reject(error);
      else if (found.length === 0) reject(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }));
      else resolve(interleaved(found));
    });
  });
}

function orKnown(
  lookup: Promise<readonly string[]>,
  known: Name['known'],
): Promise<readonly string[]> | readonly string[] {
  if (!known || Date.now() - known.atMs >= KNOWN_MS) return lookup;
  return new Promise((resolve) => {
    const patience = setTimeout(resolve, LOOKUP_PATIENCE_MS, known.addresses);
    void lookup
      .catch(() => known.addresses)
      .then((addresses) => {
        clearTimeout(patience);
        resolve(addresses);
      });
  });
}

/** Alternates the address families (RFC 8305 §4), so that one without a route delays the other only once. */
function interleaved(found: readonly LookupAddress[]): readonly string[] {
  const [first] = found;
  const ofFirst = found.filter(({ family }) => family === first?.family);
  const ofOther = found.filter(({ family }) => family !== first?.family);
  const addresses: string[] = [];
  for (let at = 0; at < Math.max(ofFirst.length, ofOther.length); at++) {
    for (const one of [ofFirst[at], ofOther[at]]) if (one) addresses.push(one.address);
  }
  return [...new Set(addresses)].slice(0, MAX_ADDRESSES);
}

function inOrder(addresses: readonly string[], preferred: Name['preferred']): readonly string[] {
  if (!preferred || Date.now() - preferred.atMs >= PREFERENCE_MS) return addresses;
  if (!addresses.includes(preferred.address)) return addresses;
  return [preferred.address, ...addresses.filter((address) => address !== preferred.address)];
}
