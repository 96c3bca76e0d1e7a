import { BUILT_IN } from '../providers/registry';
import { SIGNED_PREFIX, SIGNED_TOKEN } from '../proxy/tokens/signed-token-search';
import { SecretSearch, escaped } from '../secrets/secret-search';

/** Replaces a secret. */
const MASK = '[redacted]';

/** How keys and tokens begin: of the providers here, of others that people use, and of Tencent. */
const PREFIXES = [
  ...BUILT_IN.flatMap(({ secretPrefixes = [] }) => secretPrefixes),
  ...['sk', 'pk', 'rk', 'fk', 'r8'].flatMap((stem) => [`${stem}-`, `${stem}_`]),
  'AKID',
];

/**
 * Formats of secrets that providers and platforms issue, anywhere in a text. A prefix inside a word does not match:
 * `task-…` is no secret.
 */
const SECRETS: readonly RegExp[] = [
  /\bbce-v3\/[-\w]{1,64}\/\w+/g, // Qianfan's, of two parts
  new RegExp(`(?<![A-Za-z0-9])(?:${PREFIXES.map(escaped).join('|')})[-_.A-Za-z0-9]{8,}`, 'g'),
  /\b(Bearer|Basic)\s+[^\s"',;]+/gi,
  // A JSON web token. Dots are not required, because matching them could scan a text many times.
  /\beyJ[\w-]{8}[\w.-]*/g,
  SIGNED_TOKEN,
  /([?&](?:key|api[-_]?key|access[-_]?token|token|secret|signature|password|proxy-grant)=)[^&\s"']+/gi,
  /(\b\w{1,32}:\/\/)[^\s/"'@]+@/g, // user and password in a URL
];

/**
 * The beginnings of all formats: one test finds the lines that contain none of them. Each alternative begins with a
 * character that is rare in a line (a prefix by its last one): 0.8 µs in place of 2.5 for a line of the access log.
 */
const BEGINNINGS = new RegExp(
  [
    ...['-', '_', '.', '/'].map((last) => {
      const ending = PREFIXES.filter((prefix) => prefix.endsWith(last)).map(escaped);
      return `${escaped(last)}(?<=${ending.join('|')})`;
    }),
    ...PREFIXES.filter((prefix) => /\w$/.test(prefix) && !prefix.endsWith('_')),
    '[Bb](?:[Ee][Aa][Rr][Ee][Rr]|[Aa][Ss][Ii][Cc])',
    ...['eyJ', SIGNED_PREFIX, '[?&]', ':\\/\\/'],
  ].join('|'),
);

/** Shorter secrets may be parts of words: they are masked only as whole words. */
const MIN_LENGTH = 4;

/** A run of characters that tokens and keys consist of. */
const RUN = /[\w.~+/=*-]+/g;

export type Redact = (text: string) => string;

/**
 * Makes the single redaction function: every line that this process writes passes through it.
 * @param secrets the configured secrets: masked anywhere, also inside longer words, percent-encoded or JSON-escaped
 */
export function createRedact(secrets: readonly string[] = []): Redact {
  const search = new SecretSearch(
    secrets.filter(({ length }) => length >= MIN_LENGTH).flatMap((secret) => formsOf(secret)),
  );
  const short = new Set(secrets.filter(({ length }) => length > 0 && length < MIN_LENGTH));
  return (text) => {
    const long = search.replaced(text, MASK);
    const clean = short.size > 0 ? long.replace(RUN, (run) => (short.has(run) ? MASK : run)) : long;
    return BEGINNINGS.test(clean) ? SECRETS.reduce((line, form) => line.replace(form, mask), clean) : clean;
  };
}

/** How a secret may be written: unchanged, in a URL (hexadecimal digits in either case), in JSON. Often all are equal. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const inLowerCase = encoded.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase());
  return [...new Set([secret, encoded, inLowerCase, JSON.stringify(secret).slice(1, -1)])];
}

/** Keeps the text before a secret (`Bearer`, `?key=`, `redis://`) if the format captures it. */
function mask(_match: string, kept: unknown): string {
  if (typeof kept !== 'string') return MASK;
  if (kept.endsWith('=')) return kept + MASK;
  return kept.endsWith('/') ? `${kept}${MASK}@` : `${kept} ${MASK}`;
}
