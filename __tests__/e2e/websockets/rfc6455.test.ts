import { until } from '../../helpers/http';
import { startProxy, type RunningProxy } from '../../helpers/proxies';
import {
  UPGRADE_HEADERS,
  behindHead,
  rawConnect,
  requestHead,
  startRawSockets,
  switching,
  type RawSocket,
  type RawSockets,
} from '../../helpers/socket-client';

/**
 * The cases of RFC 6455 through the tunnel: the frames of both sides pass byte for byte, valid or not, since it is the other
 * end that has to judge them (§7.1.7). The proxy reads a copy of what the server sends, and must never act on it.
 */
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10] as const;

interface Frame {
  readonly payload?: string | Buffer;
  readonly isLast?: boolean;
  readonly reserved?: number;
  /** The length in 7, 16 or 64 bits; the shortest form if left out. */
  readonly bits?: 7 | 16 | 64;
  /** What the header says, if not the length of the payload. */
  readonly length?: number;
}

function frame(
  opcode: number,
  { payload = '', isLast = true, reserved = 0, bits, length }: Frame,
  isMasked: boolean,
): Buffer {
  const bytes = Buffer.from(payload);
  const said = length ?? bytes.length;
  const form = bits ?? (said < 126 ? 7 : said < 65_536 ? 16 : 64);
  const header = Buffer.alloc(form === 7 ? 2 : form === 16 ? 4 : 10);
  header[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = (form === 7 ? said : form === 16 ? 126 : 127) | (isMasked ? 0x80 : 0);
  if (form === 16) header.writeUInt16BE(said, 2);
  if (form === 64) header.writeBigUInt64BE(BigInt(said), 2);
  if (!isMasked) return Buffer.concat([header, bytes]);
  return Buffer.concat([header, MASK, bytes.map((byte, at) => byte ^ (MASK[at % 4] ?? 0))]);
}

const closing = (code: number, reason = ''): Frame => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return { payload: Buffer.concat([bytes, Buffer.from(reason)]) };
};

type Case = readonly [
  section: string,
  what: string,
  frames: readonly (readonly [opcode: number, frame: Frame])[],
];

const LENGTHS = [0, 1, 125, 126, 127, 128, 65_535, 65_536, 1_000_000];
const CASES: readonly Case[] = [
  ...LENGTHS.map((length): Case => [
    '§5.2',
    `a text of ${length} bytes`,
    [[TEXT, { payload: 'x'.repeat(length) }]],
  ]),
  ...LENGTHS.map((length): Case => [
    '§5.2',
    `${length} bytes`,
    [[BINARY, { payload: Buffer.alloc(length, 0xfe) }]],
  ]),
  ['§5.2', 'a short length in 16 bits', [[TEXT, { payload: 'x', bits: 16 }]]],
  ['§5.2', 'a short length in 64 bits', [[TEXT, { payload: 'x', bits: 64 }]]],
  ['§5.2', 'each reserved bit', [1, 2, 4, 7].map((reserved) => [TEXT, { payload: 'x', reserved }] as const)],
  [
    '§5.2',
    'reserved opcodes',
    [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [opcode, { payload: 'x' }] as const),
  ],
  [
    '§5.4',
    'a message in three frames',
    [
      [TEXT, { payload: 'a', isLast: false }],
      [0, { payload: 'b', isLast: false }],
      [0, { payload: 'c' }],
    ],
  ],
  [
    '§5.4',
    'a message in a thousand frames',
    [
      [BINARY, { isLast: false }],
      ...Array.from({ length: 998 }, () => [0, { payload: 'y', isLast: false }] as const),
      [0, {}],
    ],
  ],
  [
    '§5.4',
    'empty fragments',
    [
      [TEXT, { isLast: false }],
      [0, { isLast: false }],
      [0, {}],
    ],
  ],
  [
    '§5.4',
    'control frames between fragments',
    [
      [TEXT, { payload: 'a', isLast: false }],
      [PING, { payload: 'p' }],
      [0, { payload: 'b', isLast: false }],
      [PONG, { payload: 'p' }],
      [0, { payload: 'c' }],
    ],
  ],
  ['§5.4', 'a continuation without a beginning', [[0, { payload: 'a' }]]],
  [
    '§5.4',
    'a message inside of another',
    [
      [TEXT, { payload: 'a', isLast: false }],
      [TEXT, { payload: 'b' }],
    ],
  ],
  ['§5.5', 'a ping of 125 bytes', [[PING, { payload: 'p'.repeat(125) }]]],
  ['§5.5', 'a ping of 126 bytes', [[PING, { payload: 'p'.repeat(126) }]]],
  [
    '§5.5',
    'a fragmented ping',
    [
      [PING, { payload: 'p', isLast: false }],
      [0, { payload: 'q' }],
    ],
  ],
  ['§5.5.3', 'a pong that nobody has asked for', [[PONG, { payload: 'p' }]]],
  [
    '§5.6',
    'invalid UTF-8 in a text',
    [[TEXT, { payload: Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xed, 0xa0, 0x80, 0xff]) }]],
  ],
  [
    '§5.6',
    'a character in two frames',
    [
      [TEXT, { payload: Buffer.from([0xf0, 0x9f]), isLast: false }],
      [0, { payload: Buffer.from([0x99, 0x82]) }],
    ],
  ],
  ['§5.5.1', 'a close without a code', [[CLOSE, {}]]],
  ['§5.5.1', 'a close with half a code', [[CLOSE, { payload: 'x' }]]],
  ['§5.5.1', 'a close with a reason of 123 bytes', [[CLOSE, closing(1000, 'r'.repeat(123))]]],
  [
    '§5.5.1',
    'data after a close',
    [
      [CLOSE, closing(1000)],
      [TEXT, { payload: 'late' }],
    ],
  ],
  [
    '§5.5.1',
    'a close whose reason is no UTF-8',
    [[CLOSE, { payload: Buffer.from([0x03, 0xe8, 0xc0, 0xaf]) }]],
  ],
  ...[
    0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1015, 1016, 2999,
    3000, 4999, 5000, 65535,
  ].map((code): Case => ['§7.4', `a close with the code ${code}`, [[CLOSE, closing(code)]]]),
  [
    '§10.4',
    'a frame of 2^63 bytes that never come',
    [[BINARY, { payload: 'x', bits: 64, length: Number.MAX_SAFE_INTEGER }]],
  ],
];

let upstream: RawSockets;
let proxy: RunningProxy;

beforeAll(async () => {
  upstream = await startRawSockets((wire, key) => wire.write(switching(key)));
  proxy = await startProxy(upstream);
});
afterAll(async () => {
  await proxy.stop();
  await upstream.close();
});

interface Ends {
  readonly client: RawSocket;
  readonly server: RawSocket;
}

async function tunnel(): Promise<Ends> {
  const before = upstream.upgraded.length;
  const client = rawConnect(proxy.port);
  client.wire.write(
    requestHead('GET /v1/realtime?model=m', { ...UPGRADE_HEADERS, authorization: 'Bearer sk-own' }),
  );
  await until('the tunnel is open', () => behindHead(client.received()) !== undefined);
  const server = upstream.upgraded[before];
  if (!server) throw new Error('no connection upstream');
  return { client, server };
}

async function expectBytes(at: RawSocket, bytes: Buffer): Promise<void> {
  const arrived = () => behindHead(at.received()) ?? Buffer.alloc(0);
  await until('all bytes have come', () => arrived().length >= bytes.length);
  expect(arrived().equals(bytes)).toBe(true);
}

describe('the frames of both sides pass byte for byte, and nothing is added', () => {
  it.each(CASES)('%s: %s', async (_section, _what, frames) => {
    const { client, server } = await tunnel();
    const bytesOf = (isMasked: boolean) =>
      Buffer.concat(frames.map(([opcode, one]) => frame(opcode, one, isMasked)));
    const [up, down] = [bytesOf(true), bytesOf(false)];
    client.wire.write(up);
    server.wire.write(down);
    await Promise.all([expectBytes(server, up), expectBytes(client, down)]);
    client.wire.destroy();
    server.wire.destroy();
  });

  it.each([
    ['§5.1', 'a client that does not mask', false, true],
    ['§5.1', 'a server that masks', true, true],
  ])('%s: %s', async (_section, _what, isMaskedUp, isMaskedDown) => {
    const { client, server } = await tunnel();
    const up = frame(TEXT, { payload: 'up' }, isMaskedUp);
    const down = frame(TEXT, { payload: 'down' }, isMaskedDown);
    client.wire.write(up);
    server.wire.write(down);
    await Promise.all([expectBytes(server, up), expectBytes(client, down)]);
    client.wire.destroy();
    server.wire.destroy();
  });

  it('§5.2: frames that arrive byte by byte', async () => {
    const { client, server } = await tunnel();
    const bytes = Buffer.concat([
      frame(TEXT, { payload: 'hello' }, true),
      frame(PING, {}, true),
      frame(CLOSE, closing(1000), true),
    ]);
    for (const byte of bytes) {
      client.wire.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    await expectBytes(server, bytes);
    client.wire.destroy();
    server.wire.destroy();
  });
});
