import { gzipSync } from 'node:zlib';
import { RECORDED } from '../../../__tests__/meter/recorded';
import { meterFor } from '../../../src/meter/meter';
import { Tap, type KeptText } from '../../../src/meter/tap';
import type { Metering } from '../../../src/meter/usage';
import { expectSame, expectThat, piecesOf, type Target } from '../target';

const BODIES = RECORDED.map(({ body }) => body);
const WORDS = [
  ...[
    'data: ',
    '\n\n',
    '\r\n',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    '\\',
    'data: [DONE]\n\n',
    '"usage":',
    '"usage":null,',
  ],
  ...[
    '"usageMetadata":{"promptTokenCount":7}',
    '{"prompt_tokens":3,"completion_tokens":4}',
    '"model":"m",',
    '1e308',
    '-1',
    '"input_tokens":9',
  ],
  ...[
    '"status":"queued"',
    '"type":"message_start"',
    '"type":"error"',
    'event: message_stop\n',
    'x'.repeat(2_000),
    'z'.repeat(30_000),
  ],
];
const MAX_LENGTH = 96 * 1_024;

async function meteringOf(
  bytes: Buffer,
  pieces: readonly Buffer[],
  contentEncoding = '',
): Promise<Metering | undefined> {
  const isEventStream = /^\s*(?:data|event|id|:)/.test(bytes.toString('latin1', 0, 64));
  const meter = meterFor({
    method: 'POST',
    path: '/v1/chat/completions',
    status: 200,
    contentType: isEventStream ? 'text/event-stream' : 'application/json',
    contentEncoding,
    traits: undefined,
  });
  for (const piece of pieces) meter?.push(piece);
  const metering = await meter?.finish(() => true);
  meter?.release();
  return metering;
}

export const usageTap: Target<Metering | undefined> = {
  name: 'usage-tap',
  about: 'the meter over pieces; the same over the whole, and compressed',
  corpus: BODIES,
  words: WORDS,
  maxLength: MAX_LENGTH,
  share: 0.5,
  subject(input, random) {
    const bytes = Buffer.from(input);
    return meteringOf(bytes, piecesOf(bytes, random));
  },
  async compare(input, metering, random) {
    const bytes = Buffer.from(input);
    expectSame('the metering', metering, await meteringOf(bytes, [bytes]));
    const figures = Object.values(metering?.usage ?? {}) as unknown[];
    expectThat(
      'figures are numbers that can be added',
      figures.every((one) => one === undefined || (Number.isFinite(one) && Number(one) >= 0)),
    );
    if (!random.once(20) || bytes.length === 0) return;
    const packed = gzipSync(bytes);
    // The kind is known by the text, which is packed here.
    const wasStream = /^\s*(?:data|event|id|:)/.test(bytes.toString('latin1', 0, 64));
    if (!wasStream)
      expectSame(
        'the metering, compressed',
        await meteringOf(packed, piecesOf(packed, random), 'gzip'),
        metering,
      );
  },
};

interface Kept {
  readonly kept: KeptText;
  readonly text: string;
  readonly endsEvent: boolean;
}

export const keptText: Target<Kept> = {
  name: 'kept-text',
  about: 'what a tap keeps; the beginning and the end of the whole',
  corpus: BODIES,
  words: WORDS,
  maxLength: MAX_LENGTH,
  subject(input, random) {
    const tap = new Tap({ isEventStream: random.once(2) });
    for (const piece of piecesOf(Buffer.from(input, 'latin1'), random)) tap.push(piece);
    const seen = { kept: tap.kept(), text: tap.text(), endsEvent: tap.endsEvent() };
    tap.release();
    return seen;
  },
  compare(input, { kept, text, endsEvent }) {
    const bytes = Buffer.from(input, 'latin1');
    expectSame(
      'whether an event has ended',
      endsEvent,
      bytes.length === 0 || /(?:\n\n|\r\r|\r\n\r\n)$/.test(bytes.toString('latin1')),
    );
    if (!kept.hasGap) expectSame('all of it', kept.head + kept.tail, bytes.toString());
    else {
      expectSame('the beginning', kept.head, bytes.toString('utf8', 0, 4_096));
      expectThat('the end is 4 KB at least', Buffer.byteLength(kept.tail) >= 4_096);
      // A character that is cut at its start is garbled, into three at most.
      expectThat('the end is the end', bytes.toString().endsWith(kept.tail.slice(3)));
    }
    expectThat('the last events are the end', bytes.toString().endsWith(text));
    if (bytes.length <= 8_192) expectSame('the last events', text, bytes.toString());
  },
};
