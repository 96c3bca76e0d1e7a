import type { IncomingHttpHeaders } from 'node:http';
import { classifyError } from '../../providers/errors/classify';
import type { Classification, RequestFacts } from '../../providers/errors/error-response';
import type { Provider } from '../../providers/provider';

/** A response, classified by the provider's rules. */
export interface Classified {
  readonly classification: Classification;
  /** The provider's code, for the log; `undefined` if the response has none. */
  readonly code: string | undefined;
}

export interface ClassifyContext {
  readonly provider: Provider;
  readonly facts: RequestFacts;
  readonly now: () => number;
}

/** Classifies an error response by the provider's rules. Pure, except for the clock. */
export function classifyResponse(
  response: {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    /** Of the body, decoded; `undefined` if it could not be read. */
    readonly text: string | undefined;
  },
  context: ClassifyContext,
): Classified {
  const { status, headers, text } = response;
  return classifyParsed({ status, headers, body: jsonOf(text) }, context);
}

/** The same of one whose body is parsed. It is never written again: what is nested deeply can be read only. */
export function classifyParsed(
  response: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: unknown },
  { provider, facts, now }: ClassifyContext,
): Classified {
  return classifyError(provider, { ...response, request: facts, nowMs: now() });
}

/** `undefined` if it is not JSON. */
export function jsonOf(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
