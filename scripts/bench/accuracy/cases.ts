import { CHAT_FORMATS } from './chat';
import { CONDITIONS, textsFor, type Coding, type Condition, type Ending } from './conditions';
import { OPENAI_FORMATS } from './openai';
import { OTHER_FORMATS } from './others';
import { Random } from './random';
import { FIELDS, type Figures, type Format, type Reply } from './reply';

export const FORMATS: readonly Format[] = [...CHAT_FORMATS, ...OPENAI_FORMATS, ...OTHER_FORMATS];

/** One request of the bench, what the upstream sends, and what is true of it. */
export interface Case {
  readonly index: number;
  readonly format: Format;
  readonly condition: Condition;
  readonly reply: Reply;
  readonly coding: string | undefined;
  /** What the upstream writes, one chunk after the other. */
  readonly chunks: readonly Buffer[];
  readonly ending: Ending;
  readonly truth: Truth;
}

/** What a meter can know of a response. */
export interface Truth {
  /** The final figures, if all of them were sent. */
  readonly final: Figures | undefined;
  /** Everything that the part which was sent has told, in its order. */
  readonly told: readonly Figures[];
  readonly isWhole: boolean;
}

const COMBINATIONS = FORMATS.flatMap((format) =>
  CONDITIONS.filter((condition) => condition.suits?.(format) ?? true).map((condition) => ({
    format,
    condition,
  })),
);

/** The case of this number: always the same for the same seed. */
export function caseOf(index: number, seed: number): Case {
  const combination = COMBINATIONS[index % COMBINATIONS.length];
  if (!combination) throw new Error('There are no formats.');
  const { format, condition } = combination;
  const random = new Random(seed + 7_919 * index);
  const reply = format.make({
    random,
    usage: condition.usage ?? 'once',
    texts: textsFor(condition.text, random),
    fails: condition.fails ?? false,
  });
  const coding = condition.coding?.(random);
  const text = Buffer.concat(reply.parts.map((part) => Buffer.from(part.text)));
  const encoded = coding ? coding.encode(text) : text;
  const ending = condition.ending ?? 'complete';
  const sent = ending === 'complete' ? encoded : cut(encoded, coding, random);
  return {
    index,
    format,
    condition,
    reply,
    coding: coding?.name,
    chunks: chunksOf(sent, condition, random),
    ending,
    truth: truthOf(reply, { sent, coding, ending }),
  };
}

/** A beginning of the response: often nearly all of it, where the figures are. */
function cut(bytes: Buffer, coding: Coding | undefined, random: Random): Buffer {
  const near = random.chance(0.5) ? Math.max(0, bytes.length - 400) : 0;
  let length = random.chance(0.15) ? bytes.length : random.integer(near, bytes.length);
  // The proxy holds back a part of a character: at its beginning, what the client gets is all that the proxy has.
  if (!coding) while (length > 0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length--;
  return bytes.subarray(0, length);
}

function truthOf(
  { parts, final }: Reply,
  { sent, coding, ending }: { sent: Buffer; coding: Coding | undefined; ending: Ending },
): Truth {
  const isWhole = ending === 'complete';
  const length = isWhole ? Infinity : coding ? decodedLength(sent, coding) : sent.length;
  let at = 0;
  const told: Figures[] = [];
  for (const part of parts) {
    at += Buffer.byteLength(part.text);
    // The line ends behind the last event may be missing: what it says is known without them.
    const lineEnds = typeof part.text === 'string' ? (/[\r\n]*$/.exec(part.text)?.[0].length ?? 0) : 0;
    if (at - lineEnds > length) break;
    if (part.told) told.push(part.told);
  }
  const last = told.at(-1);
  const isFinal = final !== undefined && FIELDS.every((field) => last?.[field] === final[field]);
  return { final: isFinal ? final : undefined, told, isWhole };
}

function decodedLength(sent: Buffer, coding: Coding): number {
  try {
    return sent.length === 0 ? 0 : coding.decode(sent).length;
  } catch {
    return 0; // too little for a beginning
  }
}

/** Chunks of one size, or of random ones: small, middling and large. */
function chunksOf(bytes: Buffer, { chunkBytes }: Condition, random: Random): Buffer[] {
  const fixed = chunkBytes?.(random);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = fixed ?? random.integer(1, random.pick([40, 400, 4_000, 40_000]));
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}
