/** Two line ends, of any of the three forms, end an event: https://html.spec.whatwg.org/multipage/server-sent-events.html */
const BLANK_LINE = /\r\n(?:\r\n|\n|\r)|\n(?:\r\n|\n|\r)|\r(?!\n)(?:\r\n|\r)/;
const LINE_END = /\r\n|\n|\r/;

/** The events in a part of an event stream. */
export interface EventTexts {
  /** The end of an event whose beginning is missing; '' if there is none. */
  readonly cut: string;
  /** The whole events, in their order. */
  readonly whole: readonly string[];
  /** The beginning of an event whose end is missing; '' if there is none. */
  readonly rest: string;
}

/**
 * @param isBeginning whether the text is the beginning of the stream
 * @param isEnd whether the stream ends with it, and its last event too
 */
export function eventsIn(text: string, isBeginning: boolean, isEnd: boolean): EventTexts {
  // Most streams have no \r, and a text is split by a text in a fraction of the time.
  const parts = text.includes('\r') ? text.split(BLANK_LINE) : text.split('\n\n');
  if (isEnd && (isBeginning || parts.length > 1)) parts.push('');
  const rest = parts.pop() ?? '';
  if (isBeginning) return { cut: '', whole: parts, rest };
  // Without a blank line, all of it is inside one event, of which it is not certain where it ends.
  return { cut: parts[0] ?? '', whole: parts.slice(1), rest: parts.length === 0 ? '' : rest };
}

/** The data of an event; '' if it has none. */
export function dataOf(event: string): string {
  if (event.startsWith('data: ') && !LINE_END.test(event)) return event.slice('data: '.length); // as most are
  return event
    .split(LINE_END)
    .filter((line) => line.startsWith('data:') || line === 'data')
    .map((line) => line.slice(line[5] === ' ' ? 6 : 5))
    .join('\n');
}

/** The name of an event; '' if it has none. */
export function nameOf(event: string): string {
  const lines = event.split(LINE_END).filter((line) => line.startsWith('event:') || line === 'event');
  const line = lines.pop() ?? '';
  return line.slice(line[6] === ' ' ? 7 : 6);
}

/** The end of the data of an event whose beginning is missing: the last line, without the name of its field. */
export function endOfData(event: string): string {
  const line = event.trimEnd().split(LINE_END).pop() ?? '';
  return line.startsWith('data:') ? line.slice('data:'.length) : line;
}
