import { decodeOne } from '../../http/decode-body';
import { headerIn, type RawHeaders } from '../../http/filter-headers';
import { keptPathOf, plainId } from './kept-collections';

/** The part of a response that is searched: ids are near the beginning. */
export const HEAD_BYTES = 4_096;
/** A stream of small chunks is searched again after each so many bytes. */
const STEP_BYTES = 256;
/** The limit for a decompressed head: real JSON is not compressed to less than a sixteenth. */
const MAX_PLAIN_BYTES = 65_536;

/** Paths of the members in which a response names a new object. */
const ID_PLACES = new Set([
  ...['id', 'thread_id', 'output_file_id', 'error_file_id', 'file.id', 'response.id', 'interaction.id'],
]);
/** Google's names: they begin with a collection, and an object with a name has no id. */
const NAME_PLACES = new Set(['name', 'file.name', 'response.name']);
const MAX_DEPTH = 2;

/**
 * The ids of new objects in the beginning of a response: `{"id": "…"}`, Google's `{"name": "files/…"}` and
 * `{"file": {"name": "files/…"}}`, an event stream's first event (`{"response": {"id": "…"}}`). A member that is cut off
 * at the end is ignored; text that is not JSON has none.
 * @param head decoded; only the first 4 KB are read
 */
export function idsInHead(head: Buffer): string[] {
  const text = head.toString('latin1', 0, HEAD_BYTES);
  const start = BEGINNING.exec(text);
  if (!start) return [];
  const ids: string[] = [];
  const names: string[] = [];
  for (const [place, written] of stringMembers(text, start[0].length)) {
    if (ID_PLACES.has(place)) ids.push(...idOf(written));
    else if (NAME_PLACES.has(place)) names.push(...keptPathOf(written).ids);
  }
  // The name of an object with an id is chosen by the client, and may be another object's id.
  return [...new Set(ids.length > 0 ? ids : names)];
}

/** The start of an object, or of an event that contains one, after comments and other fields of the event. */
const BEGINNING = /^(?:\s*|(?:(?:event|id|retry|:)[^\r\n]*[\r\n]+){0,8}data: ?)\{/;

function idOf(written: string): string[] {
  const id = plainId(written);
  return id === undefined ? [] : [id];
}

/** The ids in a response's headers: in `Location`, and in the URL that continues an upload. */
export function idsInHeaders(headers: RawHeaders): string[] {
  const upload = headerIn(headers, 'x-goog-upload-url');
  const uploadId = upload === undefined ? undefined : /[?&]upload_id=([^&]+)/.exec(upload)?.[1];
  const location = headerIn(headers, 'location')?.split(/[?#]/, 1)[0] ?? '';
  return [...keptPathOf(location).ids, ...(uploadId === undefined ? [] : idOf(uploadId))];
}

/**
 * Reads the first bytes of a response that may name a new object, without changing them. It costs nothing after the
 * first 4 KB.
 */
export class HeadTap {
  #head: Buffer | undefined = Buffer.alloc(0);
  #readBytes = 0;

  /**
   * @param encoding the response's `Content-Encoding`; '' if it has none
   * @param onId called with each id, more than once with the same
   */
  constructor(
    private readonly encoding: string,
    private readonly onId: (id: string) => void,
  ) {}

  push(chunk: Buffer): void {
    if (!this.#head) return;
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD_BYTES - this.#head.length)]);
    if (this.#head.length >= HEAD_BYTES) this.end();
    else if (this.#readBytes === 0 || this.#head.length - this.#readBytes >= STEP_BYTES)
      this.#read(this.#head);
  }

  /** The response is over. */
  end(): void {
    if (this.#head && this.#head.length > this.#readBytes) this.#read(this.#head);
    this.#head = undefined;
  }

  #read(head: Buffer): void {
    this.#readBytes = head.length;
    if (this.encoding === '' || this.encoding === 'identity') this.#report(head);
    else void decodedHead(head, this.encoding).then((plain) => plain && this.#report(plain));
  }

  #report(head: Buffer): void {
    for (const id of idsInHead(head)) this.onId(id);
  }
}

/** The decoded part of a compressed beginning; `undefined` if it cannot be decoded. */
export async function decodedHead(head: Buffer, encoding: string): Promise<Buffer | undefined> {
  // Loaded with the first compressed response: not needed at the start.
  const zlib = await import('node:zlib');
  try {
    return decodeOne(zlib, encoding.toLowerCase(), head, { maxOutputLength: MAX_PLAIN_BYTES, isPart: true });
  } catch {
    return undefined;
  }
}

/** The strings in a JSON object's beginning, each with its path, down to `MAX_DEPTH` objects; lists are skipped. */
function* stringMembers(text: string, afterBrace: number): Generator<[place: string, value: string]> {
  // For each open object the path of its current member; `undefined` for a list.
  const open: (string | undefined)[] = [''];
  let key: string | undefined;
  // Every token is matched at the end of the last one, so the text is read once.
  const token = /\s*(?:"((?:[^"\\]|\\.)*)"|([{}[\],:])|[^\s"{}[\],:]+)/sy;
  token.lastIndex = afterBrace;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [, written, sign] = match;
    const inside = open[open.length - 1];
    if (written !== undefined) {
      if (inside === undefined) continue;
      if (key === undefined) key = written;
      else if (open.length <= MAX_DEPTH) yield [inside === '' ? key : `${inside}.${key}`, written];
    } else if (sign === '{') {
      open.push(
        inside === undefined || key === undefined
          ? 'in a list'
          : open.length === 1
            ? key
            : `${inside}.${key}`,
      );
      key = undefined;
    } else if (sign === '[') {
      open.push(undefined);
    } else if (sign === '}' || sign === ']') {
      open.pop();
      if (open.length === 0) return;
      key = undefined;
    } else if (sign === ',') {
      key = undefined;
    }
  }
}
