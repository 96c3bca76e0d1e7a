import type { RawHeaders } from '../http/filter-headers';
import { escaped } from './secret-search';
import { fullyDecoded } from './token-filter';

/** Replaces a secret. */
const MASK = '[redacted]';
/** No provider's key is shorter, and a shorter string might be part of any word. */
const MIN_LENGTH = 8;

/**
 * The headers of a response with `[redacted]` in place of a key, plain or percent-encoded; a value that holds it in
 * some other encoding is left out. The same list if the key is not found.
 */
export function withoutSecret(raw: RawHeaders, key: string): RawHeaders {
  if (key.length < MIN_LENGTH) return raw;
  let clean: string[] | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    const value = raw[at + 1] ?? '';
    const shown = value.length < key.length ? value : withoutKey(value, key);
    if (shown !== value) clean ??= raw.slice(0, at);
    if (shown !== undefined) clean?.push(name, shown);
  }
  return clean ?? raw;
}

/** A text, as an error message, with `[redacted]` in place of a key, plain or as JSON, a URL or HTML may have it. */
export function withoutSecretIn(text: string, key: string): string {
  const plain = text.includes(key) ? text.replaceAll(key, MASK) : text;
  if (key.length < MIN_LENGTH || !ESCAPED.test(plain)) return plain;
  return plain.replace(new RegExp(Array.from(key, formsOf).join(''), 'g'), MASK);
}

/** What every text has in which a character is written otherwise. */
const ESCAPED = /[\\%&]/;

/** How one character may be written; a letter or a digit is never written otherwise. */
function formsOf(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const code = character.charCodeAt(0);
  const hex = code
    .toString(16)
    .padStart(2, '0')
    .replace(/[a-f]/, (digit) => `[${digit}${digit.toUpperCase()}]`);
  const forms = [`\\\\?${escaped(character)}`, `\\\\u00${hex}`, `%${hex}`, `&#(?:[xX]${hex}|${code});`];
  return `(?:${forms.join('|')})`;
}

/** `undefined` if the value contains the key in a form that cannot be replaced. */
function withoutKey(value: string, key: string): string | undefined {
  const plain = value.includes(key) ? value.replaceAll(key, MASK) : value;
  if (!plain.includes('%')) return plain;
  const encoded = encodeURIComponent(key);
  const clean = encoded === key ? plain : replacedAnyCase(plain, encoded);
  return fullyDecoded(clean).includes(key) ? undefined : clean;
}

/** Hexadecimal digits may be written either way. */
function replacedAnyCase(text: string, encoded: string): string {
  return text.replaceAll(encoded, MASK).replaceAll(encoded.replace(/%[\dA-F]{2}/g, lower), MASK);
}

function lower(text: string): string {
  return text.toLowerCase();
}
