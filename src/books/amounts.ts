import type { Usage } from '../meter/usage';

/** The amounts of a request, and their fields in the log: the one list of them. */
export const AMOUNT_FIELDS = {
  /** Includes what was read from and written to a cache. */
  input: 'input_tokens',
  cachedInput: 'cached_input_tokens',
  cacheWrite: 'cache_write_tokens',
  /** Includes reasoning. */
  output: 'output_tokens',
  reasoning: 'reasoning_tokens',
  audioInput: 'audio_input_tokens',
  audioOutput: 'audio_output_tokens',
  audioSeconds: 'audio_seconds',
  images: 'images',
} as const;

export type Amount = keyof typeof AMOUNT_FIELDS;
export type AmountField = (typeof AMOUNT_FIELDS)[Amount];
export const AMOUNTS = /* @__PURE__ */ Object.keys(AMOUNT_FIELDS) as readonly Amount[];
export type Amounts = Readonly<Partial<Record<Amount, number | undefined>>>;

/** The amounts of one usage. */
export function amountsOf(usage: Usage): Amounts {
  return {
    input: usage.input,
    cachedInput: usage.cachedInput,
    cacheWrite: cacheWritesOf(usage),
    output: usage.output,
    reasoning: usage.reasoning,
    audioInput: usage.audioInput,
    audioOutput: usage.audioOutput,
    audioSeconds: usage.audioSeconds,
    images: usage.images,
  } satisfies Record<Amount, number | undefined>;
}

export function cacheWritesOf({ cacheWrite5m, cacheWrite1h }: Usage): number | undefined {
  return cacheWrite5m === undefined && cacheWrite1h === undefined
    ? undefined
    : (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0);
}
