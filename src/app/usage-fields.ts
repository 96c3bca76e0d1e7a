import type { AccessRecord } from '../proxy/exchange/access-record';
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
/** For the commands; the bundle leaves it out, since it has no side effect. */
export const AMOUNTS = /* @__PURE__ */ Object.keys(AMOUNT_FIELDS) as readonly Amount[];
export type Amounts = Readonly<Partial<Record<Amount, number>>>;

/** The amounts of one usage; one shape for every request. The compiler compares the names with those of the list. */
export function amountsOf(usage: Usage | undefined) {
  return {
    input_tokens: usage?.input,
    cached_input_tokens: usage?.cachedInput,
    cache_write_tokens: cacheWritesOf(usage),
    output_tokens: usage?.output,
    reasoning_tokens: usage?.reasoning,
    audio_input_tokens: usage?.audioInput,
    audio_output_tokens: usage?.audioOutput,
    audio_seconds: usage?.audioSeconds,
    images: usage?.images,
  } satisfies Record<(typeof AMOUNT_FIELDS)[Amount], number | undefined>;
}

function cacheWritesOf(usage: Usage | undefined): number | undefined {
  const { cacheWrite5m, cacheWrite1h } = usage ?? {};
  return cacheWrite5m === undefined && cacheWrite1h === undefined
    ? undefined
    : (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0);
}

/** Output tokens a second, from the first byte of the body to the end; only of a stream whose usage is fully known. */
export function tokensPerSecond(
  { isStream, firstBodyByteMs, metering }: AccessRecord,
  wholeMs: number,
): number | undefined {
  const output = metering?.class === 'metered' ? metering.usage?.output : undefined;
  if (isStream !== true || output === undefined || firstBodyByteMs === undefined) return undefined;
  const streamedMs = wholeMs - firstBodyByteMs;
  return streamedMs > 0 ? Math.round((output / streamedMs) * 10_000) / 10 : undefined;
}
