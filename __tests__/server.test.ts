import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { until } from './helpers/http';
import { startProxy } from './helpers/proxies';

const TCP_TABLE = '/proc/net/tcp';
const KEEP_ALIVE_TIMER = '02';
const JIFFIES_PER_SECOND = 100;

/** What Linux says of a connection: the kind of timer that runs for it, and for how long still. */
function timerOf(localPort: number, remotePort: number): { readonly kind: string; readonly seconds: number } {
  const hex = (port: number) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = readFileSync(TCP_TABLE, 'utf8')
    .split('\n')
    .map((text) => text.trim().split(/\s+/))
    .find(
      ([, local = '', remote = '']) => local.endsWith(hex(localPort)) && remote.endsWith(hex(remotePort)),
    );
  const [kind = '', left = ''] = line?.[5]?.split(':') ?? [];
  return { kind, seconds: parseInt(left, 16) / JIFFIES_PER_SECOND };
}

const onLinux = process.platform === 'linux' ? it : it.skip; // elsewhere no file tells

describe('A client’s connection', () => {
  onLinux('is asked by TCP whether the client is still there after a minute without a word', async () => {
    const proxy = await startProxy({ origin: 'http://127.0.0.1:1' });
    const client = net.connect(proxy.port, '127.0.0.1');
    await once(client, 'connect');
    // An answer has come, so the server's side has been accepted.
    client.write('GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
    const timer = () => timerOf(proxy.port, (client.address() as AddressInfo).port);
    await until('the response is acknowledged', () => timer().kind === KEEP_ALIVE_TIMER);
    const { seconds } = timer();
    client.destroy();
    await proxy.stop();
    expect(Math.round(seconds / 10)).toBe(6);
  });
});
