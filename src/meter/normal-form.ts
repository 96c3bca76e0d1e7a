import { Figures, NONE, firstObject, sum, without } from './figures';
import { objectOf, type JsonObject } from './text/json';
import type { Usage, UsageTraits } from './usage';

const MAX_USD = 1e6;

/**
 * A provider's usage object in the normal form; its members show which form it has.
 * @returns `undefined` if it has no figures, or one that cannot be: then none of them is trusted
 */
export function usageFrom(usage: JsonObject, traits: UsageTraits = {}): Usage | undefined {
  const figures = new Figures();
  const read = formOf(usage)(usage, figures, traits);
  if (!figures.areValid) return undefined;
  const { input, output, reasoning, audioSeconds } = read;
  if (input === undefined && output === undefined && audioSeconds === undefined) return undefined;
  const written = sum(read.cacheWrite5m, read.cacheWrite1h);
  // A part that is larger than the whole: the input leaves it out, against the form, and what it means is not known.
  if (exceeds(read.cachedInput, input) || exceeds(written, input)) return undefined;
  // A relay that counts the text of the reasoning itself arrives at more than the provider charges.
  return reasoning !== undefined && output !== undefined && reasoning > output
    ? { ...read, reasoning: undefined }
    : read;
}

function exceeds(part: number | undefined, whole: number | undefined): boolean {
  return part !== undefined && (whole === undefined || part > whole);
}

/** What the provider says that a response costs, in US dollars; `undefined` if it does not. */
export function costFrom(usage: JsonObject, { cost }: UsageTraits): number | undefined {
  const told = cost && usage[cost.member];
  if (!cost || typeof told !== 'number') return undefined;
  const usd = told / cost.perUsd;
  return usd >= 0 && usd <= MAX_USD ? usd : undefined;
}

type Form = (usage: JsonObject, figures: Figures, traits: UsageTraits) => Usage;

function formOf(usage: JsonObject): Form {
  // Names as they stand here, not `in`, nor a name in a variable: reading a usage takes a fifth of the time.
  if (isThere(usage['promptTokenCount']) || isThere(usage['totalTokenCount'])) return fromGemini;
  if (isThere(usage['total_input_tokens']) || isThere(usage['total_output_tokens'])) return fromInteraction;
  const isAnthropic =
    (isThere(usage['cache_read_input_tokens']) || isThere(usage['cache_creation_input_tokens'])) &&
    !isThere(usage['prompt_tokens']) &&
    !isThere(usage['input_tokens_details']);
  return isAnthropic ? fromAnthropic : fromOpenai;
}

/** JSON has no `undefined`. */
function isThere(member: unknown): boolean {
  return member !== undefined;
}

/** Chat, Responses, embeddings, images, audio, batches; and what compatible providers add. */
const fromOpenai: Form = (usage, figures, traits) => {
  const inputs = firstObject(
    usage['prompt_tokens_details'],
    usage['input_tokens_details'],
    usage['input_token_details'],
  );
  const outputs = firstObject(
    usage['completion_tokens_details'],
    usage['output_tokens_details'],
    usage['output_token_details'],
  );
  const input = figures.firstAboveZero(usage['prompt_tokens'], usage['input_tokens']);
  const stated = figures.firstAboveZero(usage['completion_tokens'], usage['output_tokens']);
  const total = figures.first(usage['total_tokens']);
  const reasoning = figures.first(outputs['reasoning_tokens']) ?? figures.first(usage['reasoning_tokens']);
  const writes = objectOf(inputs['cache_creation']) ?? NONE;
  const written1h = figures.first(writes['ephemeral_1h_input_tokens']);
  return {
    input,
    cachedInput:
      figures.first(inputs['cached_tokens']) ??
      figures.first(
        usage['prompt_cache_hit_tokens'],
        usage['cached_tokens'],
        usage['cache_read_input_tokens'],
      ),
    cacheWrite5m: without(
      figures.first(inputs['cache_write_tokens'], inputs['cache_creation_input_tokens']) ??
        figures.first(usage['cache_creation_input_tokens']) ??
        sum(figures.first(writes['ephemeral_5m_input_tokens']), written1h),
      written1h,
    ),
    cacheWrite1h: written1h,
    output: outputOf({ input, stated, total, reasoning }, traits),
    reasoning,
    audioInput: figures.first(inputs['audio_tokens']),
    audioOutput: figures.first(outputs['audio_tokens']),
    audioSeconds:
      usage['type'] === 'duration'
        ? figures.seconds(usage['seconds'])
        : figures.seconds(usage['prompt_audio_seconds']),
    images: undefined,
  };
};

interface Totals {
  readonly input: number | undefined;
  readonly stated: number | undefined;
  readonly total: number | undefined;
  readonly reasoning: number | undefined;
}

/** The output with its reasoning: xAI and Gemini leave that out of `completion_tokens`, and only the total shows it. */
function outputOf({ input, stated, total, reasoning }: Totals, traits: UsageTraits): number | undefined {
  if (input === undefined || total === undefined) return stated;
  if (stated === undefined) return total === input ? 0 : undefined; // embeddings
  const rest = total - input - stated;
  const isLeftOut =
    rest > 0 && (reasoning === undefined ? traits.reasoningInTotalOnly === true : rest === reasoning);
  return isLeftOut ? stated + rest : stated;
}

/** Its `input_tokens` leave out what was read from the cache and written to it; its own fields leave out compactions. */
const fromAnthropic: Form = (usage, figures) => {
  const { iterations } = usage;
  const compactions = Array.isArray(iterations)
    ? iterations.map((one) => objectOf(one) ?? NONE).filter(({ type }) => type === 'compaction')
    : [];
  return [usage, ...compactions].map((one) => anthropicPart(one, figures)).reduce(plus);
};

function anthropicPart(usage: JsonObject, figures: Figures): Usage {
  const base = figures.first(usage['input_tokens']);
  const cached = figures.first(usage['cache_read_input_tokens']);
  const details = objectOf(usage['cache_creation']) ?? NONE;
  const written1h = figures.first(details['ephemeral_1h_input_tokens']);
  const written =
    figures.first(usage['cache_creation_input_tokens']) ??
    sum(figures.first(details['ephemeral_5m_input_tokens']), written1h);
  const outputs = objectOf(usage['output_tokens_details']) ?? NONE;
  return {
    input: base === undefined ? undefined : base + (cached ?? 0) + (written ?? 0),
    cachedInput: cached,
    cacheWrite5m: without(written, written1h),
    cacheWrite1h: written1h,
    output: figures.first(usage['output_tokens']),
    reasoning: figures.first(outputs['thinking_tokens']),
    audioInput: undefined,
    audioOutput: undefined,
    images: undefined,
    audioSeconds: undefined,
  };
}

/** What two responses have used together; of one, if only one is known. */
export function together(one: Usage | undefined, other: Usage | undefined): Usage | undefined {
  return one && other ? { ...plus(one, other), longestInput: longestOf(one, other) } : (one ?? other);
}

function longestOf(...usages: readonly Usage[]): number {
  return Math.max(...usages.map(({ longestInput, input }) => longestInput ?? input ?? 0));
}

function plus(one: Usage, other: Usage): Usage {
  return {
    input: sum(one.input, other.input),
    cachedInput: sum(one.cachedInput, other.cachedInput),
    cacheWrite5m: sum(one.cacheWrite5m, other.cacheWrite5m),
    cacheWrite1h: sum(one.cacheWrite1h, other.cacheWrite1h),
    output: sum(one.output, other.output),
    reasoning: sum(one.reasoning, other.reasoning),
    audioInput: sum(one.audioInput, other.audioInput),
    audioOutput: sum(one.audioOutput, other.audioOutput),
    images: sum(one.images, other.images),
    audioSeconds: sum(one.audioSeconds, other.audioSeconds),
  };
}

/**
 * Thoughts are charged as output, what tools return as input; a figure of 0 is left out. A total alone is the size of what is
 * put into a cache, and no use: https://ai.google.dev/api/caching#UsageMetadata
 */
const fromGemini: Form = (usage, figures) => {
  const reasoning = figures.first(usage['thoughtsTokenCount']);
  const tools = figures.first(usage['toolUsePromptTokenCount']);
  const prompt = figures.first(usage['promptTokenCount']);
  const stated = figures.first(usage['candidatesTokenCount'], usage['responseTokenCount']);
  const output = sum(stated, reasoning);
  return {
    input: prompt === undefined ? undefined : prompt + (tools ?? 0),
    cachedInput: figures.first(usage['cachedContentTokenCount']),
    output: prompt === undefined ? output : (output ?? 0),
    reasoning,
    audioInput: sum(
      audioIn(usage['promptTokensDetails'], figures),
      audioIn(usage['toolUsePromptTokensDetails'], figures),
    ),
    audioOutput: audioIn(usage['candidatesTokensDetails'] ?? usage['responseTokensDetails'], figures),
    cacheWrite5m: undefined,
    cacheWrite1h: undefined,
    images: undefined,
    audioSeconds: undefined,
  };
};

/** https://ai.google.dev/api/interactions-api */
const fromInteraction: Form = (usage, figures) => {
  const reasoning = figures.first(usage['total_thought_tokens']);
  const tools = figures.first(usage['total_tool_use_tokens']);
  const input = (figures.first(usage['total_input_tokens']) ?? 0) + (tools ?? 0);
  const stated = figures.first(usage['total_output_tokens']) ?? 0;
  const total = figures.first(usage['total_tokens']);
  return {
    input,
    cachedInput: figures.first(usage['total_cached_tokens']),
    output: outputOf({ input, stated, total, reasoning }, {}),
    reasoning,
    cacheWrite5m: undefined,
    cacheWrite1h: undefined,
    audioInput: undefined,
    audioOutput: undefined,
    images: undefined,
    audioSeconds: undefined,
  };
};

function audioIn(details: unknown, figures: Figures): number | undefined {
  if (!Array.isArray(details)) return undefined;
  return details
    .map((one) => objectOf(one) ?? NONE)
    .filter(({ modality }) => modality === 'AUDIO')
    .map((one) => figures.first(one['tokenCount']))
    .reduce(sum, undefined);
}
