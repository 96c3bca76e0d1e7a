import { spawn } from 'node:child_process';
import { closeForItsKey as closeAsGoogle } from '../../helpers/fake-gemini-live';
import { closeForItsKey as closeAsOpenai, startFakeRealtime } from '../../helpers/fake-realtime';
import { flood, listen, type FakeConnection, type FakeSockets } from '../../helpers/fake-sockets';
import { until } from '../../helpers/http';
import { startBundle, type RunningBundle } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  askUpgrade,
  behindHead,
  openSocket,
  rawConnect,
  requestHead,
  startRawSockets,
  switching,
  type OpenSocket,
} from '../../helpers/socket-client';

const TARGET = '/v1/realtime?model=m';
const OWN_KEY = { authorization: 'Bearer sk-own' };
const HEAD = requestHead(`GET ${TARGET}`, { ...UPGRADE_HEADERS, ...OWN_KEY });

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

const opened = (base = bundle.url) => openSocket(base, TARGET, { headers: OWN_KEY });

/** The upstream's side of the one socket that is open. */
async function upstreamSide(): Promise<FakeConnection> {
  await until('it is open upstream', () => realtime.open.size === 1);
  const [connection] = realtime.open;
  if (!connection) throw new Error('It is not open any more.');
  return connection;
}

const PROMPT_MS = 100;
const TRIES = 5;

/** A busy machine may be late, but not each time; a close that waits for a timer would be. */
async function expectPrompt(measureMs: () => Promise<number>): Promise<void> {
  const tries: number[] = [];
  while (tries.length < TRIES && !tries.some((ms) => ms < PROMPT_MS)) tries.push(await measureMs());
  expect(Math.min(...tries)).toBeLessThan(PROMPT_MS);
}

const WAYS_TO_VANISH: [how: string, (wire: OpenSocket['wire']) => void][] = [
  ['destroys its socket', (wire) => wire.destroy()],
  ['resets its socket', (wire) => wire.resetAndDestroy()],
  ['ends its socket, as the system does for a process that exits', (wire) => wire.end()],
];

describe.each([
  ['in silence', () => listen],
  ['in a flood', () => flood(1024 ** 3).behaviour],
])('%s', (_when, behaviour) => {
  it.each(WAYS_TO_VANISH)(
    'the upstream connection of a client that %s closes within 100 ms',
    async (_how, vanish) => {
      await expectPrompt(async () => {
        realtime.reset();
        realtime.behave(behaviour());
        const { wire } = await opened();
        await upstreamSide();
        const atMs = performance.now();
        vanish(wire);
        await until('the upstream was left', () => realtime.closes.length === 1);
        expect(realtime.closes[0]?.code).toBe(1006);
        wire.destroy();
        return (realtime.closes[0]?.atMs ?? Infinity) - atMs;
      });
    },
  );

  it.each(WAYS_TO_VANISH)(
    'the client connection of an upstream that %s closes within 100 ms',
    async (_how, vanish) => {
      await expectPrompt(async () => {
        realtime.reset();
        realtime.behave(behaviour());
        const { closed } = await opened();
        const { wire } = await upstreamSide();
        const atMs = performance.now();
        vanish(wire);
        const closing = await closed;
        expect(closing.code).toBe(1006);
        wire.destroy();
        return closing.atMs - atMs;
      });
    },
  );
});

it('the upstream connection of a killed client closes within 100 ms', async () => {
  const request = { port: bundle.port, path: TARGET, headers: { ...UPGRADE_HEADERS, ...OWN_KEY } };
  const program = `require('node:http').get(${JSON.stringify(request)}).on('upgrade', (_, wire) => wire.resume())`;
  await expectPrompt(async () => {
    realtime.reset();
    realtime.behave(listen);
    const client = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
    await upstreamSide();
    const atMs = performance.now();
    client.kill('SIGKILL');
    await until('the upstream was left', () => realtime.closes.length === 1);
    return (realtime.closes[0]?.atMs ?? Infinity) - atMs;
  });
});

describe('a close frame passes with its code and its reason', () => {
  const CLOSES: [code: number | undefined, reason: string][] = [
    [1000, ''],
    [1000, 'done'],
    [1001, 'going away'],
    [1008, 'policy'],
    [1011, 'internal'],
    [3000, 'invalid_request_error.invalid_api_key'],
    [4000, 'own'],
    [4999, `${'é你🙂'.repeat(13)}!`],
    [undefined, ''],
  ];
  it.each(CLOSES)('%s %s from the client', async (code, reason) => {
    realtime.behave(listen);
    const { socket, closed } = await opened();
    await upstreamSide();
    socket.close(code, reason);
    await until('the upstream saw it', () => realtime.closes.length === 1);
    expect(realtime.closes[0]).toMatchObject({ code: code ?? 1005, reason });
    expect((await closed).code).toBe(code ?? 1005); // the upstream's own frame in response
  });

  it.each(CLOSES)('%s %s from the upstream', async (code, reason) => {
    realtime.behave(({ socket }) => socket.close(code, reason));
    expect(await (await opened()).closed).toMatchObject({ code: code ?? 1005, reason });
    await until('the upstream saw the response', () => realtime.closes.length === 1);
    expect(realtime.closes[0]?.code).toBe(code ?? 1005);
  });

  it.each([
    ['OpenAI', closeAsOpenai, 3000, 'invalid_request_error.invalid_api_key', 1],
    ['Google', closeAsGoogle, 1007, 'API key not valid. Please pass a valid API key.', 0],
  ])('when %s rejects the key only after the upgrade', async (_who, behaviour, code, reason, messages) => {
    realtime.behave(behaviour);
    const client = await opened();
    expect(await client.closed).toMatchObject({ code, reason });
    expect(client.messages).toHaveLength(messages);
  });
});

describe('an upstream socket', () => {
  const cleanUp: (() => unknown)[] = [];
  afterEach(async () => {
    for (const one of cleanUp.splice(0).reverse()) await one();
  });

  async function behind(respond: Parameters<typeof startRawSockets>[0]) {
    const upstream = await startRawSockets(respond);
    const front = await startBundle({ OPENAI_UPSTREAM: upstream.origin });
    cleanUp.push(
      () => upstream.close(),
      () => front.stop(),
    );
    return { upstream, front };
  }
  function rawClient(front: RunningBundle) {
    const client = rawConnect(front.port);
    cleanUp.push(() => client.wire.destroy());
    client.wire.write(HEAD);
    return client;
  }

  it.each<[string, Parameters<typeof startRawSockets>[0]]>([
    ['ends at once', (wire, key) => wire.end(switching(key))],
    ['breaks off at once', (wire, key) => wire.write(switching(key), () => wire.destroy())],
    [
      'breaks off in the middle of a frame',
      (wire, key) => wire.write(`${switching(key)}\x82\x7e\xff\xffhalf`, 'latin1', () => wire.destroy()),
    ],
  ])('that upgrades and %s closes the client’s connection, too', async (_how, respond) => {
    const { front } = await behind(respond);
    const { closed, messages } = await opened(front.url);
    expect((await closed).code).toBe(1006);
    expect(messages).toHaveLength(0);
    await until('it was logged', () => front.log.some((line) => line['status'] === 101));
  });

  it('that accepts with a wrong hash is relayed: the client checks the hash', async () => {
    const { front, upstream } = await behind((wire) => wire.write(switching('another key')));
    const client = rawClient(front);
    await until('a response arrived', () => behindHead(client.received()) !== undefined);
    const accept = /Sec-WebSocket-Accept: .*/.exec(switching('another key'))?.[0] ?? '';
    expect(client.received().toString().toLowerCase()).toContain(accept.toLowerCase().trim());
    await expect(opened(front.url)).rejects.toThrow('Invalid Sec-WebSocket-Accept header');
    await until('the upstream was left', () => upstream.upgraded[1]?.ended() === true);
  });

  it('that does not respond is closed within 100 ms after its client disconnects', async () => {
    const { front, upstream } = await behind(() => undefined);
    await expectPrompt(async () => {
      const before = upstream.upgraded.length;
      const client = rawClient(front);
      await until('it is upstream', () => upstream.upgraded.length > before);
      const atMs = performance.now();
      client.wire.destroy();
      await until('the upstream was left', () => upstream.upgraded[before]?.ended() === true);
      return performance.now() - atMs;
    });
    await until('it was logged', () => front.log.some((line) => line['outcome'] === 'caller-left'));
  });

  it('that sends 101 without an upgrade counts as no response', async () => {
    const { front } = await behind((wire) => wire.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const { status } = await askUpgrade(front.url, TARGET, { ...UPGRADE_HEADERS, ...OWN_KEY });
    expect(status).toBe(502);
  });

  it('that still sends to a client that has ended is read to its end', async () => {
    const bytes = Buffer.alloc(3_000_000, 'more');
    const { front, upstream } = await behind((wire, key) => {
      wire.write(switching(key));
      wire.on('end', () => wire.end(bytes));
    });
    const client = rawClient(front);
    await until('it is open', () => behindHead(client.received()) !== undefined);
    client.wire.end('last words');
    await client.closed;
    expect(behindHead(client.received())?.equals(bytes)).toBe(true);
    expect(behindHead(upstream.upgraded[0]?.received() ?? Buffer.alloc(0))?.toString()).toBe('last words');
    await upstream.upgraded[0]?.closed;
  });

  it('that never ends after its client has is closed', async () => {
    const { front, upstream } = await behind((wire, key) => {
      wire.write(switching(key));
      const going = setInterval(() => wire.write('on and on'), 50);
      wire.on('close', () => clearInterval(going));
    });
    const client = rawClient(front);
    await until('it is open', () => behindHead(client.received()) !== undefined);
    client.wire.end();
    await until('the upstream saw the end', () => upstream.upgraded[0]?.ended() === true);
    await Promise.all([client.closed, upstream.upgraded[0]?.closed]); // by the time limit of this test
  }, 10_000);

  it('that ends before its client has read everything is read to the end', async () => {
    const bytes = Buffer.alloc(16_000_000, 'much');
    const { front, upstream } = await behind((wire, key) => {
      wire.write(switching(key));
      wire.end(bytes);
    });
    const client = rawClient(front);
    client.wire.pause();
    await until('it is upstream', () => upstream.upgraded.length === 1);
    client.wire.resume();
    await until('all was read', () => client.receivedBytes() > bytes.length && client.ended());
    expect(behindHead(client.received())?.equals(bytes)).toBe(true);
    client.wire.end();
    await Promise.all([client.closed, upstream.upgraded[0]?.closed]);
  });
});
