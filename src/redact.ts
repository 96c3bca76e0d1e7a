/** What stands in a secret's place. */
const MASK = '[redacted]';

/**
 * Forms of secrets that providers and platforms issue, wherever they stand in a text. Prefixes are kept out of words:
 * `task-…` is none.
 */
const SECRETS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])(?:(?:sk|pk|rk|gsk|xai|fk|hf|r8|nvapi|pplx)[-_]|AKID|AIza)[-_A-Za-z0-9]{8,}/g,
  /\b(Bearer|Basic)\s+[^\s"',;]+/gi,
  // A JSON web token. Its dots are not insisted on: a text that begins like many of them would be read many times.
  /\beyJ[\w-]{8}[\w.-]*/g,
  /([?&](?:key|api[-_]?key|access[-_]?token|token|secret|signature)=)[^&\s"']+/gi,
];

/** What every such form begins with: a line without any of it holds none, which one look tells. */
const BEGINNINGS = /(?:sk|pk|rk|gsk|xai|fk|hf|r8|nvapi|pplx)[-_]|AKID|AIza|bearer|basic|eyJ|[?&]/i;

/** So many secrets are looked for one by one; more of them in one pass over the line's runs. */
const FEW = 32;

/** A run of characters that a token or key is made of. */
const RUN = /[\w.~+/=*-]{4,}/g;

export type Redact = (text: string) => string;

/**
 * Makes the one redaction point: every line that leaves this process goes through it, whatever wrote it.
 * @param secrets what is configured: masked wherever it stands as a whole, whatever its form
 */
export function createRedact(secrets: readonly string[] = []): Redact {
  const known = new Set(secrets);
  const few = known.size <= FEW ? [...known] : undefined;
  return (text) => {
    const holdsKnown = few ? few.some((secret) => text.includes(secret)) : true;
    const clean = holdsKnown ? text.replace(RUN, (run) => (known.has(run) ? MASK : run)) : text;
    return BEGINNINGS.test(clean) ? SECRETS.reduce((line, form) => line.replace(form, mask), clean) : clean;
  };
}

/** Keeps what says that a secret follows (`Bearer`, `?key=`), where the form has that as its group. */
function mask(_match: string, kept: unknown): string {
  if (typeof kept !== 'string') return MASK;
  return kept.endsWith('=') ? kept + MASK : `${kept} ${MASK}`;
}
