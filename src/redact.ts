/** What stands in a secret's place. */
const MASK = '[redacted]';

/**
 * Forms of secrets that providers and platforms issue, wherever they stand in a text. Prefixes are kept out of words:
 * `task-…` is none.
 */
const SECRETS: readonly RegExp[] = [
  /(?<![A-Za-z0-9])(?:(?:sk|pk|rk|gsk|xai|fk|hf|r8|nvapi|pplx)[-_]|AKID|AIza)[-_A-Za-z0-9]{8,}/g,
  /\b(Bearer|Basic)\s+[^\s"',;]+/gi,
  /\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*/g, // a JSON web token
  /([?&](?:key|api[-_]?key|access[-_]?token|token|secret|signature)=)[^&\s"']+/gi,
];

/** The one redaction point: every line that leaves this process goes through here, whatever wrote it. */
export function redact(text: string): string {
  return SECRETS.reduce(
    (clean, form) =>
      clean.replace(form, (_match, kept: unknown) => {
        if (typeof kept !== 'string') return MASK;
        return /[=]$/.test(kept) ? kept + MASK : `${kept} ${MASK}`;
      }),
    text,
  );
}

/** Segments that stand in the paths of the providers' APIs. Whatever else stands there may be a name, a token, a key. */
const API_SEGMENTS = new Set(
  `- api assistants audio batches beta billing cancel chat complete completions compact content containers conversations
  count_tokens credit_grants dashboard delete edits embeddings engines events favicon.ico feedback files fine-tunes fine_tuning
  generations health hello images input_items input_tokens items jobs keys messages models moderations organizations openai
  anthropic parts permissions prompts queue realtime results responses runs search sessions skills speech steps submit
  submit_tool_outputs subscription threads tools transcriptions translations uploads usage v1 v1alpha v1beta v2 v3 variations
  vector_stores videos voices`.split(/\s+/),
);

/** A path as it may be logged: known segments as they are, `*` for every other. */
export function loggablePath(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment === '' || API_SEGMENTS.has(segment) ? segment : '*'))
    .join('/');
}
