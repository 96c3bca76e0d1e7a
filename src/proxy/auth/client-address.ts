import type { IncomingMessage } from 'node:http';
import { BlockList, type Socket } from 'node:net';
import { ipVersion } from '../../http/ip-version';
import { Memo } from '../routing/memo';

/** Private and reserved ranges, and those of SCF's gateways (9/8, 11/8, 100.64/10). */
const INTERNAL_RANGES: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['9.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['11.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['::', 127, 'ipv6'], // with ::1
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
];

let internal: BlockList | undefined;

/** Whether an address is private, or belongs to the platform. */
function isInternal(address: string): boolean {
  if (!internal) {
    internal = new BlockList();
    for (const [network, prefix, family] of INTERNAL_RANGES) internal.addSubnet(network, prefix, family);
  }
  return internal.check(address, ipVersion(address) === 4 ? 'ipv4' : 'ipv6');
}

/**
 * The network that a client is counted by: its IPv4 address, or the /64 of its IPv6 address, the smallest block that
 * one customer gets. On SCF that is the rightmost public entry of `X-Forwarded-For`: the gateways append to it, so what
 * the client sent is on the left. Elsewhere, and in an event function, whose event contains the address, no header can
 * be trusted.
 */
export function clientNetwork(request: IncomingMessage, onScf: boolean): string {
  const reported = onScf ? reportedNetwork(request) : undefined;
  if (reported !== undefined) return reported;
  return socketNetworks.of(request.socket.remoteAddress ?? '');
}

/** The same on SCF, or `undefined` if the platform does not report a public address. */
export function publicNetwork(request: IncomingMessage): string | undefined {
  return reportedNetwork(request) ?? rememberedPublicNetworkIn(request.socket.remoteAddress ?? '');
}

/** Whether a connection comes from this machine or a private network, as that of a server in front does outside SCF. */
export function isFromPrivateNetwork({
  socket,
}: {
  readonly socket?: Pick<Socket, 'remoteAddress'>;
}): boolean {
  const address = addressIn(socket?.remoteAddress ?? '');
  return address !== undefined && isInternal(address);
}

function reportedNetwork({ headers }: IncomingMessage): string | undefined {
  const forwarded = headers['x-forwarded-for'];
  return typeof forwarded === 'string' ? lastPublicNetwork(forwarded) : undefined;
}

const socketNetworks = new Memo((address) => networkOf(addressIn(address) ?? address));

/** The platform appends two or three; a list of nothing but internal ones costs no more than this. */
const MAX_ENTRIES = 16;

function lastPublicNetwork(list: string): string | undefined {
  let end = list.length;
  for (let seen = 0; end >= 0 && seen < MAX_ENTRIES; seen++) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    const entry = list.slice(comma + 1, end);
    const network =
      list.length > MAX_REMEMBERED_LENGTH ? publicNetworkIn(entry) : rememberedPublicNetworkIn(entry);
    if (network !== undefined) return network;
    end = comma;
  }
  return undefined;
}

/**
 * The results for entries as they are written: the same gateways and clients appear in every request, and a check
 * against a `BlockList` costs 2 µs. Cleared when it is full. An entry keeps alive the string that it was sliced from, so
 * entries of long lists are not stored.
 */
const remembered = new Map<string, string | undefined>();
const MAX_REMEMBERED = 1_024;
const MAX_REMEMBERED_LENGTH = 256;

function rememberedPublicNetworkIn(entry: string): string | undefined {
  const before = remembered.get(entry);
  if (before !== undefined || remembered.has(entry)) return before;
  const network = publicNetworkIn(entry);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(entry, network);
  return network;
}

function publicNetworkIn(entry: string): string | undefined {
  const address = addressIn(entry);
  return address === undefined || isInternal(address) ? undefined : networkOf(address);
}

/** `203.0.113.7`, `203.0.113.7:443`, `[2001:db8::1]:443`, `::ffff:203.0.113.7`, … as a bare address; else `undefined`. */
function addressIn(entry: string): string | undefined {
  if (entry.length > 100) return undefined; // longer than any form of an address
  const text = entry.trim();
  const bare = text.startsWith('[')
    ? text.slice(1, text.indexOf(']'))
    : /^[\d.]+:\d+$/.test(text)
      ? text.slice(0, text.indexOf(':'))
      : text;
  if (ipVersion(bare) === 4) return bare;
  const [address = ''] = bare.split('%'); // a zone names a local interface of the sender
  if (ipVersion(address) !== 6) return undefined;
  return mappedIPv4(groupsOf(address)) ?? address;
}

function networkOf(address: string): string {
  if (ipVersion(address) !== 6) return address;
  return `${groupsOf(address)
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const [left = '', right] = address.split('::');
  const before = groupsIn(left);
  if (right === undefined) return before;
  const after = groupsIn(right);
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupsIn(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** `::ffff:a.b.c.d` is an IPv4 client on an IPv6 socket; `undefined` if the address is not mapped. */
function mappedIPv4(groups: readonly number[]): string | undefined {
  const [high = 0, low = 0] = groups.slice(6);
  if (groups[5] !== 0xffff || groups.slice(0, 5).some((group) => group !== 0)) return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
