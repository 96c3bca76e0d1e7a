import { SecretSearch } from './core/secret-search';

/** What stands in a secret's place. */
const MASK = '[redacted]';

/**
 * Forms of secrets that providers and platforms issue, wherever they stand in a text. Prefixes are kept out of words:
 * `task-…` is none.
 */
const SECRETS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])(?:(?:sk|pk|rk|gsk|xai|fk|hf|r8|nvapi|pplx|tgp|ek|sess)[-_]|AKID|AIza|AQ\.|ya29\.|auth_tokens\/)[-_.A-Za-z0-9]{8,}/g,
  /\b(Bearer|Basic)\s+[^\s"',;]+/gi,
  // A JSON web token. Its dots are not insisted on: a text that begins like many of them would be read many times.
  /\beyJ[\w-]{8}[\w.-]*/g,
  /([?&](?:key|api[-_]?key|access[-_]?token|token|secret|signature|password|proxy-grant)=)[^&\s"']+/gi,
  /(\b\w{1,32}:\/\/)[^\s/"'@]+@/g, // user and password in a URL
];

/** What every such form begins with: a line without any of it holds none, which one look tells. */
const BEGINNINGS =
  /(?:sk|pk|rk|gsk|xai|fk|hf|r8|nvapi|pplx|tgp|ek|sess)[-_]|AKID|AIza|AQ\.|ya29\.|auth_tokens\/|bearer|basic|eyJ|[?&]|:\/\//i;

/** Shorter ones are no secrets, and parts of any word: they are masked only where they stand alone. */
const MIN_LENGTH = 4;

/** A run of characters that a token or key is made of. */
const RUN = /[\w.~+/=*-]+/g;

export type Redact = (text: string) => string;

/**
 * Makes the one redaction point: every line that leaves this process goes through it, whatever wrote it.
 * @param secrets what is configured: masked wherever it stands, also inside longer words, percent-encoded, or as a JSON
 * string has it
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

/** How a secret is written: as it is, in a URL (hexadecimal digits either way), in JSON. Mostly all the same. */
function formsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret);
  const inLowerCase = encoded.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase());
  return [...new Set([secret, encoded, inLowerCase, JSON.stringify(secret).slice(1, -1)])];
}

/** Keeps what says that a secret follows (`Bearer`, `?key=`, `redis://`), where the form has that as its group. */
function mask(_match: string, kept: unknown): string {
  if (typeof kept !== 'string') return MASK;
  if (kept.endsWith('=')) return kept + MASK;
  return kept.endsWith('/') ? `${kept}${MASK}@` : `${kept} ${MASK}`;
}
