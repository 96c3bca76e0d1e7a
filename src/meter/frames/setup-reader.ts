import { modelIn } from '../find-usage';
import { objectOf } from '../text/json';
import { beginningOfJson } from '../text/partial-json';
import { frameHeader } from './frame-header';

/** What is kept of a client's first frame: SDKs name the model before anything that is long. */
const MAX_KEPT_BYTES = 4_096;
const TEXT_OR_BINARY = new Set([1, 2]);
const MASK_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/**
 * Reads the model that a client of Gemini's Live API names in its first message
 * (https://ai.google.dev/api/live#BidiGenerateContentSetup), in the first frame of a copy of what it sends. The server
 * never names it.
 */
export class SetupReader {
  #kept: Buffer | undefined = NOTHING;

  /** @param onModel called once, with the name without what stands before its last slash, if there is one */
  constructor(private readonly onModel: (model: string) => void) {}

  /** @returns whether more is wanted */
  push(chunk: Buffer): boolean {
    if (!this.#kept) return false;
    this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, MAX_KEPT_BYTES - this.#kept.length)]);
    const text = firstText(this.#kept);
    if (text === undefined) return true;
    this.#kept = undefined;
    const setup = objectOf(beginningOfJson(text)?.['setup']);
    const name = setup && modelIn(setup);
    const model = name?.slice(name.lastIndexOf('/') + 1) ?? '';
    if (model !== '') this.onModel(model);
    return false;
  }
}

/** The text of the first frame, as far as it is kept; '' if it has none. `undefined` if more of it is to come. */
function firstText(bytes: Buffer): string | undefined {
  const header = frameHeader(bytes);
  if (!header) return undefined;
  if (header.isExtended || !header.isMasked || !TEXT_OR_BINARY.has(header.opcode)) return '';
  const { payloadBytes: length } = header;
  const start = header.bytes + MASK_BYTES;
  if (length === undefined || bytes.length < start) return undefined;
  const isThere = bytes.length >= Math.min(start + length, MAX_KEPT_BYTES);
  if (!isThere) return undefined;
  const mask = bytes.subarray(start - MASK_BYTES, start);
  const payload = Buffer.from(bytes.subarray(start, start + length));
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at % MASK_BYTES] ?? 0);
  return payload.toString('utf8');
}
