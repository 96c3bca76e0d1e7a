/**
 * Loaded with `node --require` into a program under test and all it starts: connections to the hosts named in
 * LOOPBACK_HOSTS go to 127.0.0.1, at the port that LOOPBACK_PORTS gives for theirs; any other host ends the program at
 * once. TLS still verifies the certificate against the name that was asked for. DNS is never consulted: a lookup, such
 * as the project's own agents make, returns 127.0.0.1, and a connection to that address is redirected by its port.
 */
import dns from 'node:dns';
import { appendFileSync, writeSync } from 'node:fs';
import net from 'node:net';

const hosts = new Set((process.env['LOOPBACK_HOSTS'] ?? '').split(','));
const ports = JSON.parse(process.env['LOOPBACK_PORTS'] ?? '{}') as Readonly<Record<string, number>>;
const STAND_IN = '127.0.0.1';
const LOCAL = new Set(['localhost', STAND_IN, '::1']);

interface Address {
  readonly host?: string;
  readonly port?: number | string;
  /** A local socket or pipe; it leaves no machine. */
  readonly path?: string | null;
}
type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;

const prototype = net.Socket.prototype as unknown as { connect: Connect };
const connect = prototype.connect;

prototype.connect = function (...args) {
  const address = addressOf(args);
  const { host = 'localhost', port = '' } = address;
  const mapped = ports[port];
  const named = hosts.has(host) || host === STAND_IN;
  if (address.path || (LOCAL.has(host) && !(named && mapped !== undefined))) return connect.apply(this, args);
  if (!named || mapped === undefined) refuse(`${host}:${port}`);
  const listener = args.filter((arg) => typeof arg === 'function').at(-1) ?? listenerOf(args[0]);
  const local = { ...address, host: '127.0.0.1', port: mapped };
  return connect.apply(this, listener ? [local, listener] : [local]);
};

type Found = (error: null, addresses: string | dns.LookupAddress[], family?: number) => void;
type Lookup = (host: string, options: dns.LookupOptions | Found, found?: Found) => void;

const lookup = dns.lookup as unknown as Lookup;

(dns as { lookup: Lookup }).lookup = (host, options, found) => {
  if (LOCAL.has(host)) {
    lookup(host, options, found);
    return;
  }
  if (!hosts.has(host)) refuse(host);
  const all = typeof options === 'object' && options.all === true;
  const report = typeof options === 'function' ? options : found;
  process.nextTick(() => report?.(null, all ? [{ address: STAND_IN, family: 4 }] : STAND_IN, 4));
};

/** `net` hands itself its arguments in one array; others call with an object, or with a port and a host. */
function addressOf([first, second]: readonly unknown[]): Address {
  const options: unknown = Array.isArray(first) ? first[0] : first;
  if (typeof options === 'object' && options !== null) return options;
  if (typeof options === 'string' && Number.isNaN(Number(options))) return { path: options };
  return { port: Number(options), ...(typeof second === 'string' ? { host: second } : {}) };
}

function listenerOf(first: unknown): unknown {
  return Array.isArray(first) && typeof first[1] === 'function' ? first[1] : undefined;
}

/** No exception: the program might catch it and go on. */
function refuse(address: string): never {
  writeSync(2, `loopback-only: refused a connection to ${address}\n`);
  const file = process.env['LOOPBACK_REFUSALS'];
  if (file !== undefined) appendFileSync(file, `${address}\n`);
  process.exit(97);
}
