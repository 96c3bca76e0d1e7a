import type { Random } from './random';

/** Figures of a response, by the fields of the log line. */
export const FIELDS = [
  'input_tokens',
  'cached_input_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_input_tokens',
  'audio_output_tokens',
  'audio_seconds',
  'images',
] as const;

export type Field = (typeof FIELDS)[number] | 'usd';

/** Those that the provider states, and its price if it states that. */
export type Figures = Readonly<Partial<Record<Field, number | undefined>>>;

/** A part of a response that is never told in halves: an event, or all of a JSON text. */
export interface Part {
  readonly text: string | Buffer;
  /** What the response has told of its usage, once this part has come. */
  readonly told?: Figures | undefined;
}

/** What a provider gives back, and what it says of its usage. */
export interface Reply {
  readonly provider: string;
  /** As clients send it. */
  readonly path: string;
  readonly contentType: string;
  readonly parts: readonly Part[];
  /** The provider's final figures; `undefined` if it states none. */
  readonly final: Figures | undefined;
  /** A figure that the log need not have, as the documentation says. */
  readonly mayOmit?: Field | undefined;
}

/** What is to happen to the usage in a response. */
export type UsageForm = 'once' | 'twice' | 'none' | 'nonsense';

/** What a format makes a response from. */
export interface Draw {
  readonly random: Random;
  readonly usage: UsageForm;
  /** Pieces of the model's text. */
  readonly texts: readonly string[];
  /** Whether the provider reports a failure in the middle of a stream. */
  readonly fails: boolean;
}

export interface Format {
  readonly name: string;
  readonly isStream: boolean;
  readonly make: (draw: Draw) => Reply;
}

type Nonsense = (keys: readonly string[]) => unknown;

/** Figures that no provider can mean. */
const NONSENSE: readonly [Nonsense, ...Nonsense[]] = [
  () => null,
  () => 'about 12 tokens',
  () => [],
  () => ({}),
  (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, -1])),
  (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, 1e18])),
  (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, '12'])),
  (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, 1.5])),
];

/** A usage object, or what stands in its place; `undefined` leaves it out. */
export function stated({ random, usage }: Draw, object: object): unknown {
  if (usage === 'none') return undefined;
  return usage === 'nonsense' ? random.pick(NONSENSE)(Object.keys(object)) : object;
}

/** The figures that a response states finally, if it states any. */
export function finally_({ usage, fails }: Draw, figures: Figures): Figures | undefined {
  return (usage === 'once' || usage === 'twice') && !fails ? figures : undefined;
}

/** A JSON text; providers differ in its white space. */
export function json(random: Random, document: object, twice?: { name: string; first: unknown }): string {
  const text = random.chance(0.3) ? JSON.stringify(document, null, 2) : JSON.stringify(document);
  return twice === undefined
    ? text
    : `{${JSON.stringify(twice.name)}:${JSON.stringify(twice.first)},${text.slice(1)}`;
}

/** Writes the events of a stream. */
export class EventWriter {
  readonly #end: string;

  constructor(random: Random, lineEnd = random.chance(0.2) ? '\r\n' : '\n') {
    this.#end = lineEnd;
  }

  event(data: object | string, { name, told }: { name?: string; told?: Figures | undefined } = {}): Part {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    const named = name === undefined ? '' : `event: ${name}${this.#end}`;
    return { text: `${named}data: ${text}${this.#end}${this.#end}`, told };
  }

  comment(text: string): Part {
    return { text: `: ${text}${this.#end}${this.#end}` };
  }
}
