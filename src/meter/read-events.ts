import { modelIn, usageIn, type FoundUsage, type Reading } from './find-usage';
import type { KeptText } from './tap';
import { dataOf, endOfData, eventsIn, nameOf } from './text/events';
import { MAY_FAIL, failureBody } from './text/failure-in-event';
import { parsed, parsedObject, type JsonObject } from './text/json';
import { beginningOfJson, endOfJson } from './text/partial-json';

/** Events at the beginning in which the name of the model is looked for: Azure's first one has none. */
const READ_FOR_MODEL = 4;

/** Every event that tells a usage contains this; most events do not, and need not be parsed. */
const MAY_TELL_USAGE = '"usage';

/** Reads an event stream: the beginning for the model and Anthropic's input, the end for the figures. */
export function readEvents({ head, tail, hasGap }: KeptText, isComplete: boolean): Reading {
  const beginning = eventsIn(head, true, isComplete && !hasGap);
  const end = hasGap ? eventsIn(tail, false, isComplete) : beginning;
  const last = end.whole;
  const first = firstDocuments(beginning);
  const found = lastUsage(last) ?? (hasGap ? usageInCut(end.cut, last, first) : undefined);
  const start = first.find(({ type }) => type === 'message_start') ?? firstStart(last);
  const { usage, isWhole } = joined(found === 'ambiguous' ? undefined : found, start);
  const model =
    (found !== undefined && found !== 'ambiguous' ? found.model : undefined) ??
    first.map(modelIn).find((name) => name !== undefined);
  const isFinal = isWhole && (isComplete ? !isFailure(lastOf(last)) : endsStream(last));
  // A stream with a failure is none that is complete, so that its only event may be what is left over.
  const isError = usage === undefined && isFailure(firstOf([...beginning.whole, beginning.rest]));
  return { model, usage, isFinal, isError };
}

interface UsageEvent extends FoundUsage {
  readonly model: string | undefined;
}

function firstDocuments({
  whole,
  rest,
}: {
  readonly whole: readonly string[];
  readonly rest: string;
}): JsonObject[] {
  const documents: JsonObject[] = [];
  for (const event of whole.slice(0, READ_FOR_MODEL)) {
    const document = parsedObject(dataOf(event));
    if (!document) continue;
    documents.push(document);
    if (modelIn(document) !== undefined) break;
  }
  if (documents.length > 0) return documents;
  const cut = beginningOfJson(dataOf(rest)); // the first event is longer than what is kept of the beginning
  return cut ? [cut] : [];
}

/** The last usage: providers that have one in each event count up. `null` is none. */
function lastUsage(events: readonly string[]): UsageEvent | 'ambiguous' | undefined {
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at] ?? '';
    if (!event.includes(MAY_TELL_USAGE)) continue;
    const document = parsedObject(dataOf(event));
    const found = document && usageIn(document);
    if (found === 'ambiguous') return found;
    // What Anthropic tells at the start is no figure of the output.
    if (document && found && found.part !== 'start') return { ...found, model: modelIn(document) };
  }
  return undefined;
}

function firstStart(events: readonly string[]): JsonObject | undefined {
  const event = events.find((one) => one.includes('"message_start"'));
  const document = event === undefined ? undefined : parsedObject(dataOf(event));
  return document?.['type'] === 'message_start' ? document : undefined;
}

/** The usage in the end of an event that is longer than what is kept, if nothing but the end of the stream follows. */
function usageInCut(
  cut: string,
  later: readonly string[],
  first: readonly JsonObject[],
): UsageEvent | undefined {
  if (later.some((event) => !/^(?::|\[DONE\]|$)/.test(dataOf(event)))) return undefined;
  const end = endOfJson(endOfData(cut));
  if (!end) return undefined;
  // In the streams whose events carry a response, it is the response's; its name stands in the missing part.
  const document = first.some(carriesResponse) && end.inner ? end.inner : end.outer;
  const found = usageIn(document);
  return found === undefined || found === 'ambiguous' ? undefined : { ...found, model: modelIn(document) };
}

function carriesResponse(document: JsonObject): boolean {
  const type = document['type'] ?? document['event_type'];
  return typeof type === 'string' && /^(?:response|interaction)\./.test(type);
}

/** Anthropic's two parts as one usage: what the later one tells replaces what the first one did. */
function joined(
  found: FoundUsage | undefined,
  start: JsonObject | undefined,
): { readonly usage: JsonObject | undefined; readonly isWhole: boolean } {
  const begun = start && usageIn(start);
  const { output_tokens: _output, ...input } =
    begun === undefined || begun === 'ambiguous' ? ({} as JsonObject) : begun.usage;
  const isBegun = Object.keys(input).length > 0;
  if (!found) return { usage: isBegun ? input : undefined, isWhole: false };
  if (found.part !== 'delta') return { usage: found.usage, isWhole: true };
  const told = Object.fromEntries(Object.entries(found.usage).filter(([, value]) => value !== null));
  return { usage: { ...input, ...told }, isWhole: isBegun || 'input_tokens' in told };
}

/** Whether an event reports a failure of the provider. Of the last one: what it had counted until then need not be all. */
function isFailure(event: string): boolean {
  if (!MAY_FAIL.test(event)) return false;
  const document = parsed(dataOf(event));
  return document !== undefined && failureBody(document, nameOf(event)) !== undefined;
}

/** Whether the stream's own end has come, after which no figures change. */
function endsStream(events: readonly string[]): boolean {
  const data = dataOf(lastOf(events));
  if (data === '[DONE]') return true;
  const type = parsedObject(data)?.['type'];
  return type === 'message_stop' || type === 'response.completed' || type === 'response.incomplete';
}

/** The first event with data; '' if there is none. */
function firstOf(events: readonly string[]): string {
  return events.find((event) => dataOf(event) !== '') ?? '';
}

/** The last event; '' if there is none. */
function lastOf(events: readonly string[]): string {
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    if (event) return event;
  }
  return '';
}
