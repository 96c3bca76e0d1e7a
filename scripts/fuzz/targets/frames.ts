import { FrameReader } from '../../../src/meter/frames/frame-reader';
import { LiveMeter } from '../../../src/meter/frames/live-meter';
import { SessionMeter } from '../../../src/meter/frames/session-meter';
import { SetupReader } from '../../../src/meter/frames/setup-reader';
import { expectSame, piecesOf, type Target } from '../target';

/** The longest message that is read. */
const MAX_MESSAGE = 256 * 1_024;

const CLOSE = 8;

interface Read {
  readonly messages: readonly string[];
  readonly hasGap: boolean;
}

const DONE = '{"type":"response.done","response":{"model":"m","usage":{"input_tokens":3,"output_tokens":4}}}';
const LIVE =
  '{"usageMetadata":{"promptTokenCount":3,"responseTokenCount":4},"serverContent":{"turnComplete":true}}';
const WORDS = [
  ...[
    '\x81\x00',
    '\x01\x00',
    '\x80\x00',
    '\x00\x01a',
    '\x89\x00',
    '\x88\x02\x03\xe8',
    '\x81\x7e\x00\x7e',
    '\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00',
  ],
  ...[
    '\xc1\x00',
    '\x81\x80',
    '\xff',
    '\x7f',
    '\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff',
    'x'.repeat(126),
    'x'.repeat(65_536),
    frame(DONE),
    frame(LIVE),
  ],
];
const CORPUS = [
  frame('{"type":"response.created"}') + frame(DONE),
  frame(LIVE) + '\x89\x01p' + frame('x'.repeat(150_000)),
  `\x01\x03{"t\x80\x05ype":`,
  frame('y'.repeat(200)),
];

/** A server's frame of a whole message. */
function frame(payload: string): string {
  const { length } = payload;
  if (length < 126) return `\x81${String.fromCharCode(length)}${payload}`;
  if (length < 65_536) return `\x81\x7e${String.fromCharCode(length >> 8, length & 255)}${payload}`;
  return `\x81\x7f\0\0\0\0${String.fromCharCode((length >> 24) & 255, (length >> 16) & 255, (length >> 8) & 255, length & 255)}${payload}`;
}

export const frames: Target<Read> = {
  name: 'frames',
  about: 'FrameReader over pieces; RFC 6455 over the whole',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 600_000,
  share: 0.3,
  subject(input, random) {
    const messages: string[] = [];
    const reader = new FrameReader((message) => messages.push(message.toString('latin1')));
    for (const piece of piecesOf(Buffer.from(input, 'latin1'), random)) reader.push(piece);
    return { messages, hasGap: reader.hasGap };
  },
  compare(input, read) {
    expectSame('the messages', read, slowly(Buffer.from(input, 'latin1')));
  },
};

function slowly(bytes: Buffer): Read {
  const messages: string[] = [];
  let hasGap = false;
  let message = '';
  let isSkipped = false;
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes.readUInt8(at);
    const second = bytes.readUInt8(at + 1);
    if ((first & 0x70) !== 0 || second >= 0x80) return { messages, hasGap: true };
    const start = at + (second === 127 ? 10 : second === 126 ? 4 : 2);
    if (start > bytes.length) break;
    if ((first & 0x0f) === CLOSE) break; // nothing may follow it
    const length =
      second === 127
        ? Number(bytes.readBigUInt64BE(at + 2))
        : second === 126
          ? bytes.readUInt16BE(at + 2)
          : second;
    at = start + length;
    if (at > bytes.length) break;
    if ((first & 0x0f) >= 8) continue;
    if (message.length + length > MAX_MESSAGE) isSkipped = true;
    message = isSkipped ? '' : message + bytes.toString('latin1', start, at);
    if ((first & 0x80) === 0) continue;
    if (isSkipped) hasGap = true;
    else messages.push(message);
    message = '';
    isSkipped = false;
  }
  return { messages, hasGap };
}

export const sessions: Target<readonly unknown[]> = {
  name: 'sessions',
  about: 'the meters of WebSocket sessions over pieces; the same over the whole',
  corpus: CORPUS,
  words: [...WORDS, '\x81\xfe\x00\x20\0\0\0\0', '{"setup":{"model":"models/x"}}', '"usageMetadata"'],
  maxLength: 100_000,
  share: 0.3,
  subject(input, random) {
    const bytes = Buffer.from(input, 'latin1');
    return meteringsOf(piecesOf(bytes, random));
  },
  compare(input, meterings) {
    expectSame('the meterings', meterings, meteringsOf([Buffer.from(input, 'latin1')]));
  },
};

function meteringsOf(pieces: readonly Buffer[]): readonly unknown[] {
  const meters = [new SessionMeter(), new LiveMeter()];
  const models: string[] = [];
  const setup = new SetupReader((model) => models.push(model));
  for (const piece of pieces) {
    for (const meter of meters) meter.push(piece);
    setup.push(piece);
  }
  return [...meters.map((meter) => meter.metering()), models];
}
