import type { RawHeaders } from '../../http/filter-headers';

/** How a response's body is delimited (RFC 9112 §6.3): a number is its length in bytes. */
export type BodyFraming = number | 'chunked' | 'until-close';

/** The head of a response, as it was received. */
export interface ResponseHead {
  /** From 100 to 999. */
  readonly status: number;
  /** The reason phrase; may be empty. */
  readonly reason: string;
  readonly rawHeaders: RawHeaders;
  readonly framing: BodyFraming;
  /** Whether the connection may be used again. */
  readonly keepsAlive: boolean;
  /** For how long it may be idle, in ms, as the server says; infinite if it does not. */
  readonly idleMs: number;
  /** Whether the connection changes its protocol. */
  readonly switches: boolean;
}

/** A response that is not HTTP, or whose end could be seen at different places. */
export class InvalidResponse extends Error {
  readonly code = 'ERR_HTTP_INVALID_RESPONSE';
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: (.*))?$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;
/** What may stand in no line: a lone CR or LF could end a header for one reader and not for another. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN = /[\0-\x08\n-\x1f\x7f]/;
/** No body is longer. */
const MAX_LENGTH_DIGITS = 15;
const TIMEOUT = /^timeout=(\d{1,9})/;
const SPACE = 32;
const TAB = 9;

/**
 * Reads a head as strictly as Node's own parser does: what it leaves open is refused, since two readers that see the end of a
 * response at different places mix up the responses that follow.
 * @param text less the empty line at its end, in Latin-1
 * @param method the one of the request: a HEAD has a response without a body
 * @throws InvalidResponse
 */
export function parseHead(text: string, method: string): ResponseHead {
  const lines = text.split('\r\n');
  const [, minor, code, reason = ''] = STATUS_LINE.exec(lines[0] ?? '') ?? [];
  if (code === undefined || FORBIDDEN.test(reason)) throw new InvalidResponse('no status line');
  const fields = new Fields();
  const rawHeaders = headerLines(lines, 1, fields);
  const status = Number(code);
  const framing = fields.framing(status, method);
  return {
    status,
    reason,
    rawHeaders,
    framing,
    keepsAlive: fields.keepsAlive(minor === '1') && framing !== 'until-close',
    idleMs: fields.idleMs,
    switches: fields.upgrades,
  };
}

/**
 * Checks the header lines behind a chunked body, which nobody reads.
 * @throws InvalidResponse
 */
export function checkTrailers(text: string): void {
  headerLines(text.split('\r\n'), 0);
}

function headerLines(lines: readonly string[], from: number, fields?: Fields): RawHeaders {
  const headers: string[] = [];
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon < 1 || !TOKEN.test(name) || FORBIDDEN.test(line)) throw new InvalidResponse('no header line');
    const value = withoutSpace(line, colon + 1);
    headers.push(name, value);
    fields?.see(name, value);
  }
  return headers;
}

/** The headers that say where a response ends, and what happens to its connection then. */
class Fields {
  #length: number | undefined;
  #coding: 'chunked' | 'identity' | undefined;
  /** Each of its values in lower case, after a comma. */
  #connection = '';
  #hasUpgrade = false;
  idleMs = Infinity;

  get upgrades(): boolean {
    return this.#hasUpgrade && /[,\s]upgrade(?:[,\s]|$)/.test(this.#connection);
  }

  see(name: string, value: string): void {
    // Most headers are none of these: their lengths tell them apart without another string.
    switch (name.length) {
      case 7:
        this.#hasUpgrade ||= name.toLowerCase() === 'upgrade';
        return;
      case 10:
        this.#seeConnection(name.toLowerCase(), value);
        return;
      case 14:
        if (name.toLowerCase() === 'content-length') this.#seeLength(value);
        return;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') this.#seeCoding(value);
    }
  }

  framing(status: number, method: string): BodyFraming {
    if (this.#coding !== undefined && this.#length !== undefined) throw new InvalidResponse('two framings');
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
    return this.#coding === 'chunked' ? 'chunked' : (this.#length ?? 'until-close');
  }

  keepsAlive(isByDefault: boolean): boolean {
    const connection = this.#connection;
    if (connection === '') return isByDefault;
    if (/[,\s]close(?:[,\s]|$)/.test(connection)) return false;
    // RFC 9112 §6.1: HTTP/1.0 knows no codings, and who sent one may see the end elsewhere.
    return isByDefault || (this.#coding === undefined && /[,\s]keep-alive(?:[,\s]|$)/.test(connection));
  }

  #seeConnection(name: string, value: string): void {
    if (name === 'connection') this.#connection += `,${value.toLowerCase()}`;
    if (name !== 'keep-alive') return;
    const seconds = TIMEOUT.exec(value)?.[1];
    if (seconds !== undefined) this.idleMs = Number(seconds) * 1_000;
  }

  #seeLength(value: string): void {
    if (this.#length !== undefined || !/^\d+$/.test(value) || value.length > MAX_LENGTH_DIGITS)
      throw new InvalidResponse('no length');
    this.#length = Number(value);
  }

  /** Any other coding would have to be decoded here, since no client learns of it. */
  #seeCoding(value: string): void {
    const coding = value.toLowerCase();
    if (this.#coding !== undefined || (coding !== 'chunked' && coding !== 'identity'))
      throw new InvalidResponse('no known coding');
    this.#coding = coding;
  }
}

/** RFC 9110 §5.5: spaces and tabs around a value are not part of it. */
function withoutSpace(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (start < end && isSpace(line.charCodeAt(start))) start++;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}
