/**
 * Parses server-sent events from chunks of any size; it reads only the `data` field of an event.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * This runs in the browser, as its own source text (see script.ts), so it uses nothing outside the function.
 * @returns a function for the next chunk of text; it calls `onData` for each event that the chunk completes
 */
export function createSseParser(onData: (data: string) => void): (chunk: string) => void {
  let rest = '';
  let data: string[] = [];
  let afterCarriageReturn = false;

  const onLine = (line: string) => {
    if (line === '') {
      if (data.length > 0) onData(data.join('\n'));
      data = [];
      return;
    }
    const colon = line.indexOf(':'); // at 0 in a comment
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1);
    if (field === 'data') data.push(value.startsWith(' ') ? value.slice(1) : value);
  };

  return (chunk) => {
    if (chunk === '') return;
    // A carriage return ends a line at once; the line feed that may follow in the next chunk belongs to it.
    const text = afterCarriageReturn && chunk.startsWith('\n') ? chunk.slice(1) : chunk;
    afterCarriageReturn = chunk.endsWith('\r');
    const lines = text.split(/\r\n|[\r\n]/); // `rest` is not split again: it may be long and arrive in many chunks
    lines[0] = rest + (lines[0] ?? '');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  };
}
