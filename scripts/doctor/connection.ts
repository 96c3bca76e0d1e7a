import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { openTls } from '../../src/proxy/connect/open-to';
import { errorCode } from '../../src/errors/node-errors';
import { RENEWAL } from './domain';
import { fail, ok, skipped, warn, type Finding } from './result';
import { isLoopback, type Target } from './target';
import { DAY_MS } from '../../src/clock/calendar-window';

const CONNECT_LIMIT_MS = 10_000;
/** Certificates are usually renewed about a month before they expire; this late, renewal has probably failed. */
const RENEWAL_DAYS = 14;

/** DNS and TLS. */
export async function checkConnection({ base }: Target): Promise<Finding> {
  const { protocol, hostname, port } = new URL(base);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  let addresses = 1;
  if (isIP(host) === 0) {
    try {
      addresses = (await lookup(host, { all: true })).length;
    } catch (error) {
      return fail(
        `${host} does not resolve (${errorCode(error)})`,
        'Check the spelling of the address, and that the function still has its public URL.',
      );
    }
  }
  if (protocol === 'http:') {
    return isLoopback(base)
      ? skipped('plain http on this machine')
      : fail('The address uses plain http: others on the network can read keys', 'Use the https address.');
  }
  try {
    const { version, daysLeft } = await handshake(host, port === '' ? 443 : Number(port));
    const detail = `${addresses} address${addresses === 1 ? '' : 'es'}, ${version}, certificate valid for ${daysLeft} days`;
    return daysLeft < RENEWAL_DAYS ? warn(detail, RENEWAL) : ok(detail);
  } catch (error) {
    return fail(
      `No trusted TLS connection (${errorCode(error) === 'ETIMEDOUT' ? 'no response in time' : errorCode(error)})`,
      'Check the certificate of the address; it must be valid for this host name.',
    );
  }
}

async function handshake(host: string, port: number): Promise<{ version: string; daysLeft: number }> {
  const socket = await openTls({ hostname: host, port }, CONNECT_LIMIT_MS).opened;
  const endsMs = Date.parse(socket.getPeerCertificate().valid_to);
  const version = socket.getProtocol() ?? 'TLS';
  socket.destroy();
  return { version, daysLeft: Math.floor((endsMs - Date.now()) / DAY_MS) };
}
