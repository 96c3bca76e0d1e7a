import type { JsonBody } from '../../json/json-body';
import { memberNamed, membersOf, type Member } from '../../json/scan';
import { NO_USAGE } from '../../meter/usage';
import type { PricedRequest } from '../../prices/request-price';
import { ASSUMED_NANO_USD } from './charge';

/** Output that a request without a maximum is taken to ask for: hardly any model gives more. */
export const ASSUMED_OUTPUT_TOKENS = 32_000;
/** What a request is taken to cost at most if its body or the price of its model is not known: 1 USD. */
export const UNKNOWN_BOUND_NANO_USD = 1_000_000_000;
/** No model has more; a larger figure is meant as none. */
const MAX_OUTPUT_TOKENS = 10_000_000;
/** No number that matters is longer. */
const MAX_NUMBER_BYTES = 20;

const OUTPUT_MEMBERS = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxOutputTokens'];
const CHOICE_MEMBERS = ['n', 'best_of', 'candidateCount', 'candidate_count'];
/** Where Gemini's API has these members. */
const GEMINI_CONFIG = ['generationConfig', 'generation_config'];

/** A request whose cost is to be bounded. */
export interface BoundedRequest {
  readonly provider: string;
  /** All that it names; `undefined` if that cannot be read. */
  readonly models: readonly string[] | undefined;
  /** `undefined` if its body was not read. */
  readonly json: JsonBody | undefined;
  /** Unix time. */
  readonly atMs: number;
}

/**
 * A bound of what a request costs, in nano-dollars: no token is shorter than a byte, and the output is what the request
 * allows. What is not in its body (an earlier response, a file, what a tool reads) is not in the bound.
 * @param price in nano-dollars; `undefined` if there is none
 */
export function costBound(
  { provider, models, json, atMs }: BoundedRequest,
  price: (request: PricedRequest) => number | undefined,
): number {
  const members = json?.members;
  if (!json || !members || !models || models.length === 0) return UNKNOWN_BOUND_NANO_USD;
  const input = json.bytes.length;
  const output = outputTokensOf(json.bytes, members);
  let bound = ASSUMED_NANO_USD;
  for (const model of models) {
    // Writing to a cache is what input costs most for; embeddings have no price for output.
    const usage = { ...NO_USAGE, input, cacheWrite1h: input, output, audioOutput: output };
    const most = { provider, models: [model], usage, atMs };
    const nanoUsd = price(most) ?? price({ ...most, usage: { ...usage, output: 0, audioOutput: 0 } });
    bound = Math.max(bound, nanoUsd ?? UNKNOWN_BOUND_NANO_USD);
  }
  return bound;
}

function outputTokensOf(bytes: Buffer, members: readonly Member[]): number {
  const config = GEMINI_CONFIG.flatMap((name) => {
    const value = memberNamed(members, name)?.value;
    return (value && membersOf(bytes, value)) ?? [];
  });
  const all = [members, config];
  const maximum = largest(bytes, all, OUTPUT_MEMBERS) ?? ASSUMED_OUTPUT_TOKENS;
  return Math.min(maximum * (largest(bytes, all, CHOICE_MEMBERS) ?? 1), MAX_OUTPUT_TOKENS);
}

/** Of several names for one thing each provider obeys another. */
function largest(
  bytes: Buffer,
  objects: readonly (readonly Member[])[],
  names: readonly string[],
): number | undefined {
  let found: number | undefined;
  for (const members of objects)
    for (const { key, value } of members) {
      if (key === undefined || !names.includes(key) || value.end - value.start > MAX_NUMBER_BYTES) continue;
      const number = Number(bytes.toString('latin1', value.start, value.end));
      if (Number.isInteger(number) && number > 0) found = Math.max(found ?? 0, number);
    }
  return found;
}
