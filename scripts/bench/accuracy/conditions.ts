import { brotliCompressSync, constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { Draw, Format } from './reply';
import type { Random } from './random';

/** How a response comes to its end. */
export type Ending = 'complete' | 'client leaves' | 'upstream breaks';

/** What happens to a response on its way, and what is odd about it. */
export interface Condition {
  readonly name: string;
  readonly usage?: Draw['usage'];
  readonly text?: 'plain' | 'decoys' | 'long';
  readonly coding?: (random: Random) => Coding | undefined;
  /** Bytes of each chunk; `random` ones if it is left out. */
  readonly chunkBytes?: (random: Random) => number;
  readonly ending?: Ending;
  readonly fails?: true;
  /** Whether a format can be under this condition. */
  readonly suits?: (format: Format) => boolean;
}

export interface Coding {
  readonly name: string;
  readonly encode: (bytes: Buffer) => Buffer;
  /** What can be decoded of a part from the beginning. */
  readonly decode: (bytes: Buffer) => Buffer;
}

const part = { finishFlush: constants.Z_SYNC_FLUSH };

export const CODINGS: readonly [Coding, ...Coding[]] = [
  { name: 'gzip', encode: (bytes) => gzipSync(bytes), decode: (bytes) => gunzipSync(bytes, part) },
  {
    name: 'br',
    encode: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
    decode: (bytes) => brotliDecompressSync(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  },
  { name: 'deflate', encode: (bytes) => deflateSync(bytes), decode: (bytes) => inflateSync(bytes, part) },
  {
    name: 'deflate',
    encode: (bytes) => deflateRawSync(bytes),
    decode: (bytes) => inflateRawSync(bytes, part),
  },
];

const byName = (name: string) => (random: Random) =>
  random.pick(CODINGS.filter((coding) => coding.name === name) as [Coding, ...Coding[]]);
const any = (random: Random) => (random.chance(0.3) ? random.pick(CODINGS) : undefined);
const isStream = (format: Format) => format.isStream;

export const CONDITIONS: readonly Condition[] = [
  { name: 'complete, cut at random' },
  { name: 'every chunk size from 1 to 64', chunkBytes: (random) => random.integer(1, 64) },
  { name: 'gzip', coding: byName('gzip') },
  { name: 'br', coding: byName('br') },
  { name: 'deflate', coding: byName('deflate') },
  { name: 'decoys in the text', text: 'decoys', coding: any },
  { name: 'long', text: 'long', coding: any },
  { name: 'without usage', usage: 'none', text: 'decoys', coding: any },
  { name: 'usage that cannot be', usage: 'nonsense', coding: any },
  { name: 'usage twice', usage: 'twice', text: 'decoys', coding: any },
  { name: 'the client leaves', ending: 'client leaves', text: 'decoys', coding: any },
  { name: 'the upstream breaks', ending: 'upstream breaks', text: 'decoys', coding: any },
  { name: 'a failure in the stream', fails: true, coding: any, suits: isStream },
];

const DECOYS = [
  '"usage":{"prompt_tokens":7,"completion_tokens":7,"total_tokens":14}',
  '{"usage":{"input_tokens":7,"output_tokens":7}}',
  '\n\ndata: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":7}}\n\ndata: [DONE]\n\n',
  '"},"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":7}}',
  '\\","usage":{"input_tokens":7},"x":"\\\\',
  '"type":"message_start","message":{"usage":{"input_tokens":7}}',
  'event: message_delta\r\ndata: {"type":"message_delta","usage":{"output_tokens":7}}\r\n\r\n',
] as const;

const PLAIN = [
  'The ',
  'answer',
  ' is',
  ': 42. ',
  'Größe ',
  '你好，世界。',
  '🙂👍🏽 ',
  'a "quoted" word ',
  '\\n \\ ',
  '\n',
  '}{][ ',
] as const;

/** Pieces of a text as a model writes it, each of which becomes an event of a stream. */
export function textsFor(kind: Condition['text'], random: Random): string[] {
  const pieces = random.integer(1, 12);
  const texts = Array.from({ length: pieces }, () => random.pick(PLAIN));
  if (kind === 'decoys') {
    return texts.flatMap((text) => (random.chance(0.5) ? [text, random.pick(DECOYS)] : [text]));
  }
  if (kind !== 'long') return texts;
  // Many events, a few that are larger than what is kept, or both.
  const many = Array.from({ length: random.integer(1, 250) }, () => random.pick([...PLAIN, ...DECOYS]));
  const large = random.pick([...PLAIN, ...DECOYS]).repeat(random.integer(1, 1_500));
  return random.chance(0.5) ? [...many, large] : [large, ...many];
}
