/**
 * What a response used, in one form for all providers. A member is `undefined` if the response does not tell it: nothing
 * here is ever estimated.
 */
export interface Usage {
  /** Tokens of input, those read from a cache and written to one included. */
  readonly input: number | undefined;
  /** Tokens of the input that were read from a cache. */
  readonly cachedInput: number | undefined;
  /** Tokens of the input that were written to a cache of five minutes, or of the one duration that a provider has. */
  readonly cacheWrite5m: number | undefined;
  /** Tokens of the input that were written to a cache of an hour. */
  readonly cacheWrite1h: number | undefined;
  /** Tokens of output, those of reasoning included. */
  readonly output: number | undefined;
  /** Tokens of the output that were spent on reasoning. */
  readonly reasoning: number | undefined;
  /** Tokens of the input that are audio. */
  readonly audioInput: number | undefined;
  /** Tokens of the output that are audio. */
  readonly audioOutput: number | undefined;
  /** Images that were made. */
  readonly images: number | undefined;
  /** Seconds of audio, where a provider charges by its duration. */
  readonly audioSeconds?: number | undefined;
  /** Tokens of input of the longest response, if it is the sum of several: long ones are charged more, long sums are not. */
  readonly longestInput?: number | undefined;
}

/**
 * How much of a response's usage is known: the provider's final figures; what had come when the client left or the stream
 * broke; nothing, because the response does not tell.
 */
export type MeterClass = 'metered' | 'partial' | 'unmetered';

export const METERS: readonly MeterClass[] = ['metered', 'partial', 'unmetered'];

/** What is known of one response's usage. */
export interface Metering {
  readonly class: MeterClass;
  /** The model as the response names it, at most some 200 bytes. */
  readonly model: string | undefined;
  /** `undefined` if the response tells none, or was free of charge. */
  readonly usage: Usage | undefined;
  /** The price in US dollars, where the provider tells it. */
  readonly costUsd: number | undefined;
  /** Of a WebSocket: the responses that have begun, and those of them that have not told their usage. */
  readonly responses?: { readonly begun: number; readonly untold: number };
  /** Of a WebSocket whose responses are from several models, what each of these has used: each has its own price. */
  readonly parts?: readonly ModelPart[] | undefined;
}

/** What one model has used in a WebSocket. */
export interface ModelPart {
  readonly model: string | undefined;
  readonly usage: Usage;
  /** How many responses it is of. */
  readonly responses: number;
}

/** What a provider's usage means where that differs from the others'. */
export interface UsageTraits {
  /** The member of the usage that is the price, and its units in a US dollar; `undefined` if it has none. */
  readonly cost?: { readonly member: string; readonly perUsd: number };
  /** Whether reasoning is in `total_tokens` alone, where the usage has OpenAI's form. */
  readonly reasoningInTotalOnly?: boolean;
}

/** A usage of which nothing is known. */
export const NO_USAGE: Usage = {
  input: undefined,
  cachedInput: undefined,
  cacheWrite5m: undefined,
  cacheWrite1h: undefined,
  output: undefined,
  reasoning: undefined,
  audioInput: undefined,
  audioOutput: undefined,
  images: undefined,
};
