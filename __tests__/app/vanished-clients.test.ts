import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { resetVanishedClients } from '../../src/app/vanished-clients';

const closing: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

const CHECK_MS = 5;
const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');

interface Entry {
  readonly state?: string;
  readonly timer?: string;
  readonly times: number;
}

/**
 * A server and its client. Each check reads the next entry for the client from the kernel's table; the last one stays.
 */
async function watched(entries: readonly Entry[]) {
  const server = net.createServer((socket) => socket.on('error', () => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  let checked = 0;
  let enough: () => void = () => undefined;
  const allChecked = new Promise<void>((resolve) => (enough = resolve));
  const readTable = () => {
    const {
      state = '01',
      timer = '01',
      times,
    } = entries[Math.min(checked, entries.length - 1)] ?? { times: 0 };
    if (++checked === entries.length + 3) enough();
    const remote = `0100007F:${hex((client.address() as AddressInfo).port, 4)}`;
    return Promise.resolve(
      `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n` +
        `   0: 0100007F:${hex(port, 4)} ${remote} ${state} 00000114:00000000 ${timer}:00000A00 ${hex(times, 8)}  0 0 1 2\n`,
    );
  };
  resetVanishedClients(server, { checkIntervalMs: CHECK_MS, readTable });
  const accepted = once(server, 'connection');
  const client: Socket = net.connect(port, '127.0.0.1').resume();
  closing.push(() => client.destroy());
  const [socket] = (await accepted) as [Socket];
  return { client, socket, allChecked };
}

describe('A client that never acknowledges retransmissions', () => {
  it('is reset when the count has grown from one check to the next', async () => {
    const { client } = await watched([{ times: 6 }, { times: 7 }]);
    const [error] = (await once(client, 'error')) as [{ code: string }];
    expect(error.code).toBe('ECONNRESET');
  });

  it.each<[string, readonly Entry[]]>([
    ['that has lost only a few', [{ times: 5 }, { times: 5 }]],
    ['that was slow once', [{ times: 8 }, { times: 0 }]],
    ['that has acknowledged it in between, and lost some more', [{ times: 9 }, { times: 6 }]],
    [
      'to whom nothing is on its way',
      [
        { timer: '02', times: 6 },
        { timer: '02', times: 9 },
      ],
    ],
    [
      'that has been closed already',
      [
        { state: '04', times: 6 },
        { state: '04', times: 9 },
      ],
    ],
  ])('is kept if it is one %s', async (_what, entries) => {
    const { socket, allChecked } = await watched(entries);
    await allChecked;
    expect(socket.destroyed).toBe(false);
  });
});
