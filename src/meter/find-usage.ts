import { objectOf, type JsonObject } from './text/json';

/** Names are bounded: they come from outside, and go into the log. */
const MAX_MODEL_BYTES = 200;

/** A usage object that a response or an event contains, at the place where its format has it. */
export interface FoundUsage {
  readonly usage: JsonObject;
  /** Whether it is the first or the last of the two parts in which Anthropic tells it; `undefined` if it is one. */
  readonly part?: 'start' | 'delta' | undefined;
}

/** What was read in a response. */
export interface Reading {
  readonly model: string | undefined;
  /** As the provider tells it; of several the last. */
  readonly usage: JsonObject | undefined;
  /** Whether the figures are the final ones, even if the end of the response is missing. */
  readonly isFinal: boolean;
  readonly images?: number | undefined;
  /** Whether it is a failure, or an event stream that begins with one: an error response in all but its status. */
  readonly isError?: boolean;
}

/** `ambiguous` if it has several of which none stands for all. */
export function usageIn(document: JsonObject): FoundUsage | 'ambiguous' | undefined {
  const place = placeOf(document);
  const usage = objectOf(place['usage']) ?? objectOf(place['usageMetadata']);
  const type = document['type'];
  if (usage) {
    return {
      usage,
      part: type === 'message_start' ? 'start' : type === 'message_delta' ? 'delta' : undefined,
    };
  }
  const ofGroq = objectOf(objectOf(document['x_groq'])?.['usage']);
  return ofGroq ? { usage: ofGroq } : usageInChoices(document['choices']);
}

/** The name of the model that a response or an event says it is from; `undefined` if it says none. */
export function modelIn(document: JsonObject): string | undefined {
  const place = placeOf(document);
  return nameOf(place['model']) ?? nameOf(place['modelVersion']);
}

/** The object that tells of the response: an event may carry the response, or a message. */
function placeOf(document: JsonObject): JsonObject {
  const { type, event_type: eventType } = document;
  if (type === 'message_start') return objectOf(document['message']) ?? document;
  if (typeof type === 'string' && type.startsWith('response.'))
    return objectOf(document['response']) ?? document;
  if (typeof eventType === 'string' && eventType.startsWith('interaction.'))
    return objectOf(document['interaction']) ?? document;
  return document;
}

/** Moonshot's place. With several choices each has its own, so that no single one is the response's. */
function usageInChoices(choices: unknown): FoundUsage | 'ambiguous' | undefined {
  if (!Array.isArray(choices)) return undefined;
  const objects = choices.map((choice) => objectOf(choice) ?? {});
  const withUsage = objects.filter((choice) => objectOf(choice['usage']));
  const [first] = withUsage;
  if (!first) return undefined;
  const usage = objectOf(first['usage']);
  return usage && objects.length === 1 && (first['index'] ?? 0) === 0 ? { usage } : 'ambiguous';
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const beginning = value.slice(0, MAX_MODEL_BYTES);
  return Buffer.byteLength(beginning) > MAX_MODEL_BYTES
    ? Buffer.from(beginning).toString('utf8', 0, MAX_MODEL_BYTES)
    : beginning;
}
