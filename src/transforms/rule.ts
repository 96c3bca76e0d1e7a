import type { JsonBody } from '../json/json-body';
import type { Transform } from './transform';

/** The API formats in which models respond, whose requests rules may change. */
export type BodyFormat = 'chat' | 'responses' | 'messages' | 'gemini';

/** A change of a body, in the formats for which it has a meaning; `undefined` for all. */
export interface BodyChange {
  readonly apply: Transform;
  readonly formats?: readonly BodyFormat[];
}

/** Changes of the client's headers. */
export interface HeaderChanges {
  /** In lower case. */
  readonly dropped: ReadonlySet<string>;
  /** What is sent beside the client's, with the same name or not. */
  readonly added: readonly (readonly [name: string, value: string])[];
}

/** What is changed of the requests that it is for. */
export interface Rule {
  /** As the response names it. */
  readonly name: string;
  /** The names of providers; `undefined` for all. */
  readonly providers?: readonly string[] | undefined;
  /** Match models by their names at the provider; `undefined` for all, and for requests without any. */
  readonly models?: readonly ((model: string) => boolean)[] | undefined;
  /** The names of access tokens; `undefined` for all, and for clients without any. */
  readonly tokens?: readonly string[] | undefined;
  /** In this order. */
  readonly changes: readonly BodyChange[];
  readonly headers?: HeaderChanges | undefined;
}

/** What decides which rules are for a request. */
export interface RuledRequest {
  readonly provider: string;
  /** All that it names, any of which may be used. */
  readonly models: readonly string[];
  /** `undefined` if the client has shown no access token. */
  readonly tokenName: string | undefined;
}

/** Which of the rules are for a request, in their order. */
export function rulesFor(rules: readonly Rule[], request: RuledRequest): readonly Rule[] {
  const { provider, models, tokenName } = request;
  return rules.filter(
    (rule) =>
      rule.providers?.includes(provider) !== false &&
      (!rule.tokens || (tokenName !== undefined && rule.tokens.includes(tokenName))) &&
      (!rule.models || rule.models.some((matches) => models.some(matches))),
  );
}

/** The format of the requests on a path; `undefined` if no rule changes such requests. */
export function bodyFormatOf(path: string): BodyFormat | undefined {
  if (path.endsWith('/chat/completions')) return 'chat';
  if (path.endsWith('/v1/messages')) return 'messages';
  if (path.endsWith('/responses')) return 'responses';
  return path.endsWith(':generateContent') || path.endsWith(':streamGenerateContent') ? 'gemini' : undefined;
}

/**
 * Runs a body through the rules; returns the same object if none changed it.
 * @param onChanged called with the name of each rule that changed it
 */
export function applyRules(
  json: JsonBody,
  rules: readonly Rule[],
  format: BodyFormat | undefined,
  onChanged: (name: string) => void,
): JsonBody {
  let body = json;
  for (const { name, changes } of rules) {
    const before = body;
    for (const { formats, apply } of changes)
      if (!formats || (format && formats.includes(format))) body = apply(body);
    if (body !== before) onChanged(name);
  }
  return body;
}
