import type { IncomingMessage } from 'node:http';
import { hasHeader } from './change-headers';
import type { RawHeaders } from '../../http/filter-headers';
import type { JsonBody } from '../../json/json-body';
import { bodyFormatOf, rulesFor, type HeaderChanges, type Rule } from '../../transforms/rule';
import type { Exchange } from '../exchange/exchange';
import { requestedModels } from '../limits/requested-models';

/** The rules that are for one request. */
export interface AppliedRules {
  readonly rules: readonly Rule[];
  /** What all of them do to its headers; `undefined` for nothing. */
  readonly headers: HeaderChanges | undefined;
  /** The names of those that change a header of it. */
  readonly changeHeaders: readonly string[];
}

const NO_RULES: AppliedRules = { rules: [], headers: undefined, changeHeaders: [] };

interface InboundRequest {
  readonly exchange: { readonly request: Pick<IncomingMessage, 'method' | 'rawHeaders'> };
  readonly provider: { readonly name: string };
  readonly client: { readonly tokenName: string | undefined };
  readonly target: { readonly query: string };
  readonly path: string;
}

/**
 * Which rules are for a request.
 * @param json its body as the client sent it, with the model's name at the provider; `undefined` if it was not read
 */
export function appliedRules(
  rules: readonly Rule[],
  { exchange, provider, client, target, path }: InboundRequest,
  json: JsonBody | undefined,
): AppliedRules {
  if (rules.length === 0 || bodyFormatOf(path) === undefined) return NO_RULES;
  const { method, rawHeaders } = exchange.request;
  if (method !== 'POST') return NO_RULES; // a WebSocket begins with a GET
  const models = requestedModels(json, path + target.query) ?? [];
  const applied = rulesFor(rules, { provider: provider.name, tokenName: client.tokenName, models });
  const withHeaders = applied.filter(({ headers }) => headers !== undefined);
  if (withHeaders.length === 0) return { ...NO_RULES, rules: applied };
  return {
    rules: applied,
    headers: {
      dropped: new Set(withHeaders.flatMap(({ headers }) => [...(headers?.dropped ?? [])])),
      added: withHeaders.flatMap(({ headers }) => headers?.added ?? []),
    },
    changeHeaders: withHeaders.filter((rule) => changes(rule, rawHeaders)).map(({ name }) => name),
  };
}

/** A response's headers have 4 KB on SCF. */
const MAX_NAMES = 16;

/** Says in the response which rules have changed something of the request; nothing, if none has. */
export function nameRules(exchange: Exchange, names: readonly string[]): void {
  const all = [...new Set(names)];
  const more = all.length > MAX_NAMES ? [`+${all.length - MAX_NAMES}`] : [];
  exchange.setHeader('X-Proxy-Transformed', [...all.slice(0, MAX_NAMES), ...more].join(', '));
}

function changes({ headers }: Rule, raw: RawHeaders): boolean {
  if (!headers) return false;
  const { dropped, added } = headers;
  return (
    [...dropped].some((name) => hasHeader(raw, name)) ||
    added.some(([name, value]) => !hasHeader(raw, name, value))
  );
}
