import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { sendLast } from '../../../src/proxy/response/send-last';
import { until } from '../../helpers/http';

let server: net.Server;
let accepted: Promise<Socket>;
let client: Socket;

beforeEach(async () => {
  server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  accepted = once(server, 'connection').then(([socket]) => socket as Socket);
  client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
});
afterEach(async () => {
  client.destroy();
  (await accepted).destroy();
  server.close();
});

it('what is sent last arrives, whatever the client still sends', async () => {
  const received: Buffer[] = [];
  client.on('data', (chunk: Buffer) => received.push(chunk));
  const near = await accepted;
  near.pause();
  client.write(Buffer.alloc(1_000_000)); // unread, it would make the system reset the connection
  const ended = once(client, 'end');
  sendLast(near, Buffer.from('the last'));
  await ended;
  expect(Buffer.concat(received).toString()).toBe('the last');
  await until('it is closed', () => near.destroyed);
});

it('a client that does not end its side is left after two seconds', async () => {
  client.allowHalfOpen = true;
  client.resume();
  const near = await accepted;
  near.allowHalfOpen = true;
  const atMs = performance.now();
  sendLast(near, Buffer.from('the last'));
  await once(near, 'close');
  expect(performance.now() - atMs).toBeGreaterThan(1_500); // what is tested is that it waits
});
