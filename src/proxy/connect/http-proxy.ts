import { BlockList } from 'node:net';
import { ipVersion } from '../../http/ip-version';

/** An HTTP proxy of the user's network, through which connections are tunnelled (RFC 9110 §9.3.6, CONNECT). */
export interface HttpProxy {
  readonly hostname: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** Selects the proxy for a host and port; `undefined` if the connection is to be direct. */
export type ProxyChoice = (host: string, port: number) => HttpProxy | undefined;

/** A setting that was read; `problem` says why one is not used, and never repeats its value. */
export interface ProxySetting {
  readonly choose: ProxyChoice | undefined;
  /** The variable, and the host and port that it names. */
  readonly from: string | undefined;
  readonly problem: string | undefined;
}

/** In curl's order. curl prefers lower case, since a server's `HTTP_PROXY` could come from a request's header. */
const NAMES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/** Addresses of this machine are never reached through another one. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Reads `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not. An empty one counts as not set. */
export function readHttpProxy(environment: Readonly<Record<string, string | undefined>>): ProxySetting {
  const name = NAMES.find((one) => (environment[one] ?? '').trim() !== '');
  if (name === undefined) return { choose: undefined, from: undefined, problem: undefined };
  const value = (environment[name] ?? '').trim();
  const proxy = parse(value);
  if (!proxy) {
    return { choose: undefined, from: undefined, problem: `${name} is not used: ${problemOf(value)}` };
  }
  const direct = parseNoProxy(environment['no_proxy'] ?? environment['NO_PROXY'] ?? '');
  return {
    choose: (host, port) => (LOOPBACK.test(host) || direct(host, port) ? undefined : proxy),
    from: `${name} (${proxy.hostname}:${proxy.port})`,
    problem: undefined,
  };
}

function problemOf(value: string): string {
  if (!/^socks/i.test(value))
    return 'it must be the address of an HTTP proxy, such as http://127.0.0.1:7890.';
  return 'SOCKS is not supported. Set HTTPS_PROXY to the HTTP port of the same program, such as http://127.0.0.1:7890: most that offer SOCKS have one, or a mixed port for both.';
}

/** A scheme may be omitted, as curl allows. */
function parse(text: string): HttpProxy | undefined {
  try {
    const url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    if (url.protocol !== 'http:' || url.hostname === '') return undefined;
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return {
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? 80 : Number(url.port),
      authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
    };
  } catch {
    return undefined;
  }
}

/** An entry of `NO_PROXY`. */
interface DirectEntry {
  readonly matches: (host: string) => boolean;
  /** `undefined` for every port. */
  readonly port: number | undefined;
}

/**
 * `NO_PROXY`: names, which stand for their subdomains as well, and addresses, each with a port or without; ranges of
 * addresses (CIDR); `*` for all. Names are not looked up: a range is that of hosts that are given as an address.
 */
function parseNoProxy(text: string): (host: string, port: number) => boolean {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseEntry);
  return (host, port) =>
    entries.some(
      (entry) => (entry.port === undefined || entry.port === port) && entry.matches(host.toLowerCase()),
    );
}

function parseEntry(entry: string): DirectEntry {
  // An IPv6 address also ends in a colon and digits, which are no port.
  const range = parseRange(entry);
  if (range) return { matches: range, port: undefined };
  const [, text = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  const name = text.toLowerCase().replace(/^\*?\./, '');
  const isNamed = (host: string) => name === '*' || host === name || host.endsWith(`.${name}`);
  return { matches: parseRange(text) ?? isNamed, port: port === undefined ? undefined : Number(port) };
}

/** An address, or a range such as `10.0.0.0/8` or `fd00::/8`; `undefined` if the text is neither. */
function parseRange(text: string): ((host: string) => boolean) | undefined {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  const version = ipVersion(bare);
  const bits = version === 6 ? 128 : 32;
  if (version === 0 || Number(prefix ?? bits) > bits) return undefined;
  const range = new BlockList();
  range.addSubnet(bare, Number(prefix ?? bits), familyOf(version));
  return (host) => {
    const hostVersion = host.includes('%') ? 0 : ipVersion(host);
    return hostVersion !== 0 && range.check(host, familyOf(hostVersion));
  };
}

function familyOf(version: number): 'ipv4' | 'ipv6' {
  return version === 6 ? 'ipv6' : 'ipv4';
}
