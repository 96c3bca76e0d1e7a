import type { IncomingHttpHeaders } from 'node:http';
import { keptPathOf, plainId } from './kept-collections';

/** What is looked into: ids stand in the beginning of what names them. */
export const HEAD_BYTES = 4_096;
/** A stream that comes in small pieces is looked into each time that so much has come. */
const STEP_BYTES = 256;
/** What a compressed head may grow to: no head of JSON that is worth reading is compressed to a sixteenth. */
const MAX_PLAIN_BYTES = 65_536;

/** Where a response names what it has made, as the names of the members one inside the other. */
const ID_PLACES = new Set([
  ...['id', 'thread_id', 'output_file_id', 'error_file_id', 'file.id', 'response.id', 'interaction.id'],
]);
/** Google's names: they begin with a collection, and what has one has no id. */
const NAME_PLACES = new Set(['name', 'file.name', 'response.name']);
const MAX_DEPTH = 2;

/**
 * The ids that a response's beginning names as made: `{"id": "…"}`, Google's `{"name": "files/…"}` and
 * `{"file": {"name": "files/…"}}`, an event stream's first event (`{"response": {"id": "…"}}`). What is cut off at the
 * end is left out; text that is no JSON names none.
 * @param head decoded; more than 4 KB are not looked at
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
  // What has an id has a name that its client chose, which may be another object's id.
  return [...new Set(ids.length > 0 ? ids : names)];
}

/** An object, or the event that brings one, behind comments and fields of its event. */
const BEGINNING = /^(?:\s*|(?:(?:event|id|retry|:)[^\r\n]*[\r\n]+){0,8}data: ?)\{/;

function idOf(written: string): string[] {
  const id = plainId(written);
  return id === undefined ? [] : [id];
}

/** The ids that a response's headers name: where a call was made, and where an upload goes on. */
export function idsInHeaders(headers: IncomingHttpHeaders): string[] {
  const upload = headers['x-goog-upload-url'];
  const uploadId = typeof upload === 'string' ? /[?&]upload_id=([^&]+)/.exec(upload)?.[1] : undefined;
  const made = headers.location?.split(/[?#]/, 1)[0] ?? '';
  return [...keptPathOf(made).ids, ...(uploadId === undefined ? [] : idOf(uploadId))];
}

/**
 * Watches the first bytes of a response that may name what was made; the bytes go on as they came. It costs nothing
 * once it has seen 4 KB.
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
    if (this.encoding === '' || this.encoding === 'identity') this.#tell(head);
    else void decodedHead(head, this.encoding).then((plain) => plain && this.#tell(plain));
  }

  #tell(head: Buffer): void {
    for (const id of idsInHead(head)) this.onId(id);
  }
}

/** As much as can be told of a compressed beginning; `undefined` if nothing can. */
export async function decodedHead(head: Buffer, encoding: string): Promise<Buffer | undefined> {
  // Loaded with the first compressed response of this kind: a start has no use for it.
  const zlib = await import('node:zlib');
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants;
  const part = { finishFlush: Z_SYNC_FLUSH, maxOutputLength: MAX_PLAIN_BYTES };
  try {
    switch (encoding.toLowerCase()) {
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(head, part);
      case 'deflate':
        return zlib.inflateSync(head, part);
      case 'br':
        return zlib.brotliDecompressSync(head, { ...part, finishFlush: BROTLI_OPERATION_FLUSH });
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** The strings of a JSON object's beginning with the place of each, down to `MAX_DEPTH` objects; lists are passed over. */
function* stringMembers(text: string, afterBrace: number): Generator<[place: string, value: string]> {
  // Of each open object the name of its member at hand; `undefined` for a list.
  const open: (string | undefined)[] = [''];
  let key: string | undefined;
  // Every token is matched where the last one ended, so that the text is read once.
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
