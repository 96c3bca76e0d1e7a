import { failureBody } from './text/failure-in-event';
import type { KeptText } from './tap';
import { parsed, objectOf, type JsonObject } from './text/json';
import { modelIn, usageIn, type Reading } from './find-usage';
import { beginningOfJson, endOfJson, firstString, lastMembers } from './text/partial-json';
import { costFrom, usageFrom } from './normal-form';
import { readEvents } from './read-events';
import { NO_USAGE, type Metering, type Usage, type UsageTraits } from './usage';

/** What is known of a response beside its text. */
export interface ResponseFacts {
  readonly isEventStream: boolean;
  /** Whether it came to its end, without a failure in it. */
  readonly isComplete: boolean;
  /** Whether it makes images, which are counted where a provider charges by their number. */
  readonly makesImages?: boolean;
  readonly traits?: UsageTraits | undefined;
}

/**
 * Reads the usage of a response from what was kept of its text. What is not certain counts as not told: a figure is the
 * provider's own, or there is none.
 * @returns `undefined` if it is an error response in all but its status, which has used nothing
 */
export function meteringOf(kept: KeptText, facts: ResponseFacts): Metering | undefined {
  const { isComplete, traits = {} } = facts;
  const reading = facts.isEventStream ? readEvents(kept, isComplete) : readJson(kept, facts);
  if (reading.isError) return undefined;
  const { model } = reading;
  const figures = reading.usage && usageFrom(reading.usage, traits);
  const usage = withImages(figures, reading.images);
  if (!usage) {
    return { class: isComplete ? 'unmetered' : 'partial', model, usage: undefined, costUsd: undefined };
  }
  return {
    class: reading.isFinal ? 'metered' : 'partial',
    model,
    usage,
    costUsd: reading.usage && reading.isFinal ? costFrom(reading.usage, traits) : undefined,
  };
}

function withImages(usage: Usage | undefined, images: number | undefined): Usage | undefined {
  return images === undefined ? usage : { ...(usage ?? NO_USAGE), images };
}

function readJson(
  { head, tail, hasGap }: KeptText,
  { isComplete, makesImages = false }: ResponseFacts,
): Reading {
  if (!isComplete) {
    const beginning = beginningOfJson(head);
    return { model: beginning && modelIn(beginning), usage: undefined, isFinal: false };
  }
  if (!hasGap) {
    const ends = makesImages ? undefined : readEnds(head);
    if (ends) return ends;
    const whole = parsed(head);
    const document = documentOf(whole);
    const images = makesImages ? imagesIn(document) : undefined;
    const usage = foundIn(document);
    const isError = usage === undefined && images === undefined && failureBody(whole) !== undefined;
    return { model: modelIn(document), usage, isFinal: true, images, isError };
  }
  const end = endOfJson(tail)?.outer ?? {};
  const model = modelIn(end) ?? modelIn(beginningOfJson(head) ?? {});
  return { model, usage: foundIn(end), isFinal: true };
}

/** Reads no more than most responses need: a name that stands early, and figures that stand late. */
function readEnds(text: string): Reading | undefined {
  const end = lastMembers(text, 'usage') ?? lastMembers(text, 'usageMetadata');
  const usage = end && foundIn(end);
  // What says that a response is unfinished may stand before its usage.
  if (!usage || (!isChat(text) && UNFINISHED.some((word) => text.includes(word)))) return undefined;
  const model = modelIn(end) ?? modelIn({ model: firstString(text, 'model') });
  return model === undefined ? undefined : { model, usage, isFinal: true };
}

/** Google streams a list of responses where no event stream is asked for: the last one has the figures of all. */
function documentOf(whole: unknown): JsonObject {
  return objectOf(Array.isArray(whole) ? whole.at(-1) : whole) ?? {};
}

function foundIn(document: JsonObject): JsonObject | undefined {
  if (isUnfinished(document)) return undefined;
  const found = usageIn(document);
  return found === 'ambiguous' ? undefined : found?.usage;
}

/** Whether it is the response of a chat, which comes when it is finished. */
function isChat(text: string): boolean {
  return text.slice(0, EARLY_CHARACTERS).includes('"object":"chat.completion"');
}

/** Within which most responses say what they are. */
const EARLY_CHARACTERS = 256;

/** One of these is in every response that is unfinished. */
const UNFINISHED: readonly string[] = ['"batch"', '"queued"', '"in_progress"'];

/**
 * Whether a request only began what is not done yet, so that the figures, if there are any, are not those of the end: a
 * batch (https://platform.openai.com/docs/api-reference/batch/object), a response in the background.
 */
function isUnfinished({ object, status }: JsonObject): boolean {
  return object === 'batch' || status === 'queued' || status === 'in_progress';
}

function imagesIn({ data, predictions }: JsonObject): number | undefined {
  if (Array.isArray(data)) return data.length;
  return Array.isArray(predictions) ? predictions.length : undefined;
}
