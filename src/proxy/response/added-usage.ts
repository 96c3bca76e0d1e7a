import { rootMembers, memberNamed, type Member } from '../../json/scan';
import { parsedObject } from '../../meter/text/json';

/** More than a provider's event of usage has; a longer event passes as it comes. */
const MAX_EVENT_BYTES = 16_384;
const EVENT_ENDS = ['\n\n', '\r\n\r\n', '\r\r'].map((end) => Buffer.from(end));
/** All but the last byte of the longest end of an event. */
const MAX_END_IN_PART = 3;
const MAY_TELL_USAGE = Buffer.from('"usage"');
const NOTHING = Buffer.alloc(0);

/**
 * Takes out of a chat's event stream what the provider sends only because the proxy has asked for the usage: the event
 * with it, which has no choices, and the member `"usage":null` of the other events. Every other byte stays as it is.
 * An event is given on once it is whole, so that what it gives on always ends with an event.
 */
export class AddedUsageFilter {
  /** The beginning of an event whose end has not come. */
  #held: Buffer = NOTHING;
  /** Whether the event is too long to be the one that is looked for, and passes. */
  #isPassing = false;

  /** @returns what the client gets of it and of what was held */
  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const from = Math.max(0, this.#held.length - MAX_END_IN_PART);
    this.#held = NOTHING;
    return this.#isPassing ? this.#pass(bytes) : this.#filter(bytes, from);
  }

  /** The rest, once the stream is complete. A stream that breaks loses the event that it breaks in. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = NOTHING;
    return this.#isPassing ? rest : withoutUsage(rest);
  }

  #filter(bytes: Buffer, from: number): Buffer {
    const end = lastEventEnd(bytes, from);
    const rest = bytes.subarray(end);
    const whole = end === 0 ? NOTHING : withoutUsageIn(bytes.subarray(0, end));
    if (rest.length <= MAX_EVENT_BYTES) {
      this.#held = rest;
      return whole;
    }
    this.#isPassing = true;
    const passed = this.#pass(rest);
    return whole.length === 0 ? passed : Buffer.concat([whole, passed]);
  }

  /** Gives on all up to the end of the event, and filters what follows. */
  #pass(bytes: Buffer): Buffer {
    const end = firstEventEnd(bytes, 0);
    if (end === -1) {
      // The end may have begun.
      const given = Math.max(0, bytes.length - MAX_END_IN_PART);
      this.#held = bytes.subarray(given);
      return bytes.subarray(0, given);
    }
    this.#isPassing = false;
    return Buffer.concat([bytes.subarray(0, end), this.#filter(bytes.subarray(end), 0)]);
  }
}

/** The position behind the last event that is whole; 0 if there is none. */
function lastEventEnd(bytes: Buffer, from: number): number {
  let last = 0;
  for (const end of EVENT_ENDS) {
    const at = bytes.lastIndexOf(end);
    if (at >= from) last = Math.max(last, at + end.length);
  }
  return last;
}

/** The position behind the first event; -1 if it is not whole. */
function firstEventEnd(bytes: Buffer, from: number): number {
  let first = -1;
  for (const end of EVENT_ENDS) {
    const at = bytes.indexOf(end, from);
    if (at !== -1 && (first === -1 || at + end.length < first)) first = at + end.length;
  }
  return first;
}

/** @param bytes whole events */
function withoutUsageIn(bytes: Buffer): Buffer {
  if (!bytes.includes(MAY_TELL_USAGE)) return bytes;
  const kept: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = firstEventEnd(bytes, at);
    kept.push(withoutUsage(bytes.subarray(at, end)));
    at = end;
  }
  return Buffer.concat(kept);
}

const DATA = /^\s*data:/;

/** One event; nothing if it is the added one. */
function withoutUsage(event: Buffer): Buffer {
  if (event.length > MAX_EVENT_BYTES || !event.includes(MAY_TELL_USAGE)) return event;
  const text = event.toString('latin1');
  const start = DATA.exec(text)?.[0].length;
  if (start === undefined) return event; // a comment, or an event with a name, which is no chat's
  const data = event.subarray(start);
  const members = rootMembers(data);
  const usage = members && memberNamed(members, 'usage');
  if (!usage) return event;
  if (isAdded(data)) return NOTHING;
  return data.toString('latin1', usage.value.start, usage.value.end) === 'null'
    ? without(event, start, members, usage)
    : event;
}

/** Whether an event has a usage and no choices: a provider that has choices in it is left as it is. */
function isAdded(data: Buffer): boolean {
  const { choices, usage } = parsedObject(data.toString('utf8')) ?? {};
  return Array.isArray(choices) && choices.length === 0 && typeof usage === 'object' && usage !== null;
}

/** The event without one member and the comma beside it. */
function without(
  event: Buffer,
  start: number,
  members: readonly Member[],
  { value, keyStart }: Member,
): Buffer {
  const at = members.findIndex((member) => member.keyStart === keyStart);
  const before = members[at - 1];
  const after = members[at + 1];
  const from = before ? before.value.end : keyStart;
  const to = before ? value.end : (after?.keyStart ?? value.end);
  return Buffer.concat([event.subarray(0, start + from), event.subarray(start + to)]);
}
