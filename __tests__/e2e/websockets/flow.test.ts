import { createHash, randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WebSocket } from 'ws';
import { startFakeRealtime } from '../../helpers/fake-realtime';
import { flood, listen, type FakeConnection, type FakeSockets } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  behindHead,
  openSocket,
  rawConnect,
  requestHead,
  startRawSockets,
  switching,
} from '../../helpers/socket-client';
import { withProxy } from '../../helpers/with-proxy';

const MB = 1024 * 1024;
const TARGET = '/v1/realtime?model=m';
const OWN_KEY = { authorization: 'Bearer sk-own' };

let realtime: FakeSockets;
let bundle: RunningBundle;

beforeAll(async () => {
  realtime = await startFakeRealtime();
  bundle = await startBundle({ OPENAI_UPSTREAM: realtime.origin });
});
afterAll(async () => {
  await bundle.stop();
  await realtime.close();
});
beforeEach(() => realtime.reset());

interface Message {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

const RANDOM = randomBytes(256 * 1024);
const SENTENCE = 'Words, café, 你好, 🙂. '; // 28 bytes

/** Messages of 0 B to 64 KB: bytes that do not compress, and text that does. */
function randomMessages(count: number): Message[] {
  return Array.from({ length: count }, (_, at) => {
    const isBinary = at % 2 === 0;
    if (at < 2) return { data: Buffer.alloc(0), isBinary };
    if (!isBinary) return { data: Buffer.from(SENTENCE.repeat(randomInt(2_341))), isBinary };
    const [start, size] = [randomInt(RANDOM.length / 2), randomInt(65_537)];
    return { data: RANDOM.subarray(start, start + size), isBinary };
  });
}

const hashOf = ({ data, isBinary }: Message) =>
  `${isBinary ? 'binary' : 'text'} ${data.length} ${createHash('sha256').update(data).digest('hex')}`;

/** Sends all, every other pair of them in up to four frames that are cut anywhere. */
function sendAll(socket: WebSocket, messages: readonly Message[]): void {
  for (const [at, { data, isBinary }] of messages.entries()) {
    let from = 0;
    for (let left = at % 4 < 2 ? 3 : 0; left > 0; left--) {
      const to = from + randomInt(data.length - from + 1);
      socket.send(data.subarray(from, to), { binary: isBinary, fin: false });
      from = to;
    }
    socket.send(data.subarray(from), { binary: isBinary, fin: true });
  }
}

function collectHashes(socket: WebSocket): string[] {
  const hashes: string[] = [];
  socket.on('message', (data, isBinary) => hashes.push(hashOf({ data: data as Buffer, isBinary })));
  return hashes;
}

it.each([
  ['as they are', false],
  ['compressed', true],
])(
  '2,000 messages each way at the same time, binary and text, whole and fragmented, arrive %s',
  async (_how, compressed) => {
    const [up, down] = [randomMessages(2_000), randomMessages(2_000)];
    let upHashes: string[] = [];
    let extensions = '';
    realtime.behave(({ socket }) => {
      upHashes = collectHashes(socket);
      extensions = socket.extensions;
      sendAll(socket, down);
    });
    const { socket, messages, closed } = await openSocket(bundle.url, TARGET, {
      headers: OWN_KEY,
      perMessageDeflate: compressed && { threshold: 0 },
    });
    sendAll(socket, up);
    await until('all have arrived', () => upHashes.length === 2_000 && messages.length === 2_000);
    socket.close(1000);
    expect((await closed).code).toBe(1000);
    expect([extensions, socket.extensions]).toEqual(
      compressed ? ['permessage-deflate', 'permessage-deflate'] : ['', ''],
    );
    expect(upHashes).toEqual(up.map(hashOf));
    expect(messages.map(hashOf)).toEqual(down.map(hashOf));
  },
);

it('bytes that are no WebSocket frame pass as well, and so do bytes right after either head', async () => {
  const [up, down] = [randomBytes(8 * MB), randomBytes(8 * MB)];
  const start = () =>
    startRawSockets((wire, key) => {
      wire.write(Buffer.concat([Buffer.from(switching(key)), down.subarray(0, 1_000)]));
      wire.write(down.subarray(1_000));
    });
  await withProxy(start, {}, async ({ proxy, upstream }) => {
    const client = rawConnect(proxy.port);
    const head = requestHead(`GET ${TARGET}`, { ...UPGRADE_HEADERS, ...OWN_KEY });
    client.wire.write(Buffer.concat([Buffer.from(head), up.subarray(0, 1_000)]));
    client.wire.write(up.subarray(1_000));
    await until('all is there', () =>
      [client, upstream.upgraded[0]].every(
        (raw) =>
          raw !== undefined && raw.receivedBytes() > 8 * MB && behindHead(raw.received())?.length === 8 * MB,
      ),
    );
    expect(behindHead(client.received())?.equals(down)).toBe(true);
    expect(behindHead(upstream.upgraded[0]?.received() ?? Buffer.alloc(0))?.equals(up)).toBe(true);
    client.wire.destroy();
  });
});

/** The memory that a process has in use, in bytes. */
function residentBytes({ process: { pid } }: RunningBundle): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Waits until a number stays as it is for a while. */
async function settled(what: string, read: () => number): Promise<void> {
  let [last, since] = [read(), performance.now()];
  await until(`${what} settled`, () => {
    if (read() !== last) [last, since] = [read(), performance.now()];
    return performance.now() - since > 400;
  });
}

it.each([
  ['an upstream’s gigabyte for a client', 'down'],
  ['a client’s gigabyte for an upstream', 'up'],
])('%s that reads slowly is held back at its source, and not in memory', async (_whose, direction) => {
  const source = flood(1024 * MB);
  let connection: FakeConnection | undefined;
  realtime.behave((one) => {
    connection = one;
    if (direction === 'down') source.start(one.socket);
  });
  const before = residentBytes(bundle);
  const client = await openSocket(bundle.url, TARGET, { headers: OWN_KEY });
  await until('it is upstream', () => connection !== undefined);
  const reader = direction === 'down' ? client.socket : (connection as unknown as FakeConnection).socket;
  reader.pause();
  let readBytes = 0;
  reader.on('message', (data) => (readBytes += (data as Buffer).length));
  if (direction === 'up') source.start(client.socket);

  let highest = 0;
  for (let round = 1; round <= 3; round++) {
    await settled('what was sent', () => source.sentBytes());
    highest = Math.max(highest, residentBytes(bundle));
    expect(source.sentBytes() - readBytes).toBeLessThan(64 * MB); // most of it in the kernel's buffers
    reader.resume();
    await until('a few MB were read', () => readBytes >= round * 4 * MB);
    reader.pause();
  }
  client.socket.terminate();
  reader.resume(); // a socket that is not read does not see the end
  await until('the upstream was left', () => realtime.open.size === 0);
  expect(highest - before).toBeLessThan(64 * MB);
  expect(source.sentBytes()).toBeLessThan(256 * MB);
});

it('1,000 concurrent idle sockets use little memory, and all of it is released', async () => {
  realtime.behave(listen);
  const before = residentBytes(bundle);
  const clients = [];
  for (let batch = 0; batch < 10; batch++) {
    const some = Array.from({ length: 100 }, () => openSocket(bundle.url, TARGET, { headers: OWN_KEY }));
    clients.push(...(await Promise.all(some)));
  }
  expect(realtime.open.size).toBe(1_000);
  expect(residentBytes(bundle) - before).toBeLessThan(128 * MB);
  clients.forEach(({ socket }, at) => {
    if (at % 2 === 0) socket.close(1000);
    else socket.terminate();
  });
  await until('none is left upstream', () => realtime.open.size === 0);
  await Promise.all(clients.map(({ closed }) => closed));
  const logged = () => bundle.log.filter((line) => line['status'] === 101).length;
  await until('each was logged', () => logged() >= 1_000);
});
