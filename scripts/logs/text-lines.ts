import { open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import type { LogRecord } from './records';

const READ_BYTES = 65_536;
/** A text without line breaks must not fill the memory. */
const MAX_LINE_CHARACTERS = 1_048_576;

/** The lines of a text that arrives in pieces; a line of more than a million characters is cut. */
export async function* linesOf(pieces: AsyncIterable<Buffer | string>): AsyncGenerator<LogRecord> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + (typeof piece === 'string' ? piece : decoder.write(piece))).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
    for (const text of lines) if (text !== '') yield { text: text.slice(0, MAX_LINE_CHARACTERS) };
  }
  if (rest !== '') yield { text: rest };
}

/**
 * The content of a file.
 * @param follow waits for more at its end, and says whether to continue; `undefined` to read it once
 */
export async function* piecesOf(
  file: string,
  follow: (() => Promise<boolean>) | undefined,
): AsyncGenerator<Buffer> {
  const handle = await open(file);
  try {
    for (let at = 0; ;) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, at);
      at += bytesRead;
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (!follow || !(await follow())) return;
      else if ((await handle.stat()).size < at) at = 0; // it was emptied, as a rotation by copy does
    }
  } finally {
    await handle.close();
  }
}
