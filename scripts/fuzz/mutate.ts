import type { Random } from './random';
import type { Target } from './target';

type Sources = Pick<Target, 'corpus' | 'words' | 'maxLength'>;

const MAX_CHANGES = 6;
/** Characters that parsers treat in a way of their own. */
const SPECIAL = Array.from('\0\t\n\r "#%&\',-./:;<=>?@[\\]^_`{|}~*+$!()09azAZ\u007f\u0080\u00a0\u00e9\u00ff');
const BEYOND_LATIN1 = ['\u0100', '\u2028', '\u4f60', '\ud83d\ude42', '\ud800', '\udc00', '\ufeff', '\ufffd'];

/** What nests: parsers that call themselves end where the stack does. */
const PAIRS = [
  ['[', ']'],
  ['{"a":', '}'],
  ['{"usage":', '}'],
  ['"', '"'],
] as const;

/** An input: a text of the corpus, or one made of words, with some changes. */
export function makeInput(sources: Sources, random: Random): string {
  let text = random.once(6) ? ofWords(sources, random) : random.of(sources.corpus);
  for (let left = random.below(MAX_CHANGES + 1); left > 0; left--) text = changed(text, sources, random);
  return text.slice(0, sources.maxLength);
}

function ofWords({ words, corpus }: Sources, random: Random): string {
  const from = words.length > 0 ? words : corpus;
  return Array.from({ length: 1 + random.below(14) }, () => random.of(from)).join('');
}

function changed(text: string, sources: Sources, random: Random): string {
  const at = random.below(text.length + 1);
  const length = random.below(random.of([2, 8, 64, 4_096]));
  const before = text.slice(0, at);
  const part = text.slice(at, at + length);
  const behind = text.slice(at + part.length);
  switch (random.below(10)) {
    case 0:
      return before + behind;
    case 1:
      return before + part + random.of(sources.words.length > 0 ? sources.words : SPECIAL) + behind;
    case 2:
      return before + characterOf(random) + text.slice(at + 1);
    case 3:
      return before + characterOf(random) + part + behind;
    case 4:
      return before + part.repeat(repetitions(part, sources, random)) + behind;
    case 5:
      return before;
    case 6:
      return text.slice(at);
    case 7: {
      const other = random.of(sources.corpus);
      const from = random.below(other.length + 1);
      return before + other.slice(from, from + random.of([4, 40, 4_096])) + behind;
    }
    case 8: {
      const [open, close] = random.of(PAIRS);
      const depth = repetitions(open + close, sources, random);
      return before + open.repeat(depth) + part + close.repeat(depth) + behind;
    }
    default:
      return before + flipped(part, random) + behind;
  }
}

/** Mostly two or three; now and then as many as the longest input has. */
function repetitions(part: string, { maxLength }: Sources, random: Random): number {
  const most = Math.max(2, Math.floor(maxLength / Math.max(part.length, 1)));
  return random.once(12) ? random.below(Math.min(most, 20_000)) : Math.min(most, 2 + random.below(6));
}

function characterOf(random: Random): string {
  if (random.once(8)) return random.of(BEYOND_LATIN1);
  return random.once(2) ? random.of(SPECIAL) : String.fromCharCode(random.below(256));
}

function flipped(part: string, random: Random): string {
  if (random.once(3)) return Array.from(part).reverse().join('');
  return random.once(2) ? part.toUpperCase() : part.toLowerCase();
}
