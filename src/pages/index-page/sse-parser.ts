/** What an event has beside its data. */
export interface SseFields {
  readonly event?: string;
  readonly id?: string;
  readonly retryMs?: number;
}

/**
 * Parses server-sent events from chunks of any size.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 * @returns a function for the next chunk of text; it calls `onData` for each event that the chunk completes
 */
export function createSseParser(onData: (data: string, fields: SseFields) => void): (chunk: string) => void {
  let rest: string[] = []; // of a line that has not ended: pieces, since a string that is joined each time grows deep
  let data: string[] = [];
  let fields: SseFields = {};
  let afterCarriageReturn = false;

  const onLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onData(data.join('\n'), fields);
      data = [];
      fields = {};
      return;
    }
    const colon = line.indexOf(':'); // at 0 in a comment
    const field = colon === -1 ? line : line.slice(0, colon);
    const text = colon === -1 ? '' : line.slice(colon + 1);
    const value = text.startsWith(' ') ? text.slice(1) : text;
    if (field === 'data') data.push(value);
    else if (field === 'event') fields = { ...fields, event: value };
    else if (field === 'id') fields = { ...fields, id: value };
    else if (field === 'retry' && /^\d+$/.test(value)) fields = { ...fields, retryMs: Number(value) };
  };

  return (chunk) => {
    if (chunk === '') return;
    // A carriage return ends a line at once; the line feed that may follow in the next chunk belongs to it.
    const text = afterCarriageReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk;
    afterCarriageReturn = chunk.endsWith('\r');
    const lines = text.split(/\r\n|[\r\n]/); // `rest` is not split again: it may be long and arrive in many chunks
    rest.push(lines[0] ?? '');
    if (lines.length === 1) return;
    lines[0] = rest.join('');
    rest = [lines.pop() ?? ''];
    lines.forEach(onLine);
  };
}
