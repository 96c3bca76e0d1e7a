import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { until } from '../helpers/http';
import { startProxy } from '../helpers/proxies';
import { KEEP_ALIVE_TIMER, onLinux, tcpTable } from '../helpers/tcp-table';

describe('A client’s connection', () => {
  onLinux('is asked by TCP whether the client is still there after a minute without a word', async () => {
    const proxy = await startProxy({ origin: 'http://127.0.0.1:1' });
    const client = net.connect(proxy.port, '127.0.0.1');
    await once(client, 'connect');
    // A response has arrived, so the server has accepted its side.
    client.write('GET /-/health HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(client, 'data');
    const { port } = client.address() as AddressInfo;
    const entry = () => tcpTable().find((one) => one.localPort === proxy.port && one.remotePort === port);
    await until('the response is acknowledged', () => entry()?.timer === KEEP_ALIVE_TIMER);
    const seconds = entry()?.timerSeconds ?? 0;
    client.destroy();
    await proxy.stop();
    expect(Math.round(seconds / 10)).toBe(6);
  });
});
