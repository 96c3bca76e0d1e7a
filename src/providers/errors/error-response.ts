import type { IncomingHttpHeaders } from 'node:http';

/** An error response of a provider, read and parsed: the evidence that a classification rests on. */
export interface ErrorResponse {
  /**
   * Of the response; of an event that reports a failure inside a stream, the status that its code stands for, else 200.
   */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as JSON gives it; `undefined` if it is none, or could not be read. */
  readonly body: unknown;
  readonly request: RequestFacts;
  /** The wall clock, for absolute times. */
  readonly nowMs: number;
}

/** The known facts about the request. */
export interface RequestFacts {
  readonly method: string;
  /** As it went upstream, without its query. */
  readonly path: string;
  /** '' if it names none, or has no choice of keys that a limit of its model could concern. */
  readonly model: string;
}

/** What an error response says of the key that was used. */
export type Classification =
  /** Nothing: the client's fault, or an unknown code. The response is passed on unchanged. */
  | { readonly kind: 'ok' }
  /** The key is invalid, revoked or disabled. */
  | { readonly kind: 'invalid' }
  /** No credit or quota is left, which no short wait changes; `untilMs` (wall clock) if the response says when it comes back. */
  | { readonly kind: 'out-of-credit'; readonly untilMs?: number | undefined }
  /** Too many requests or tokens, for one model and kind of endpoint; `retryAfterMs` if the response says how long. */
  | { readonly kind: 'rate-limited'; readonly retryAfterMs?: number | undefined }
  /** The key is good, but not for this model or feature: another may be. */
  | { readonly kind: 'not-permitted' }
  /** The proxy's country or address is refused, so no key would help. */
  | { readonly kind: 'egress-refused' }
  /** The provider itself is overloaded or failing; not the fault of a key. */
  | { readonly kind: 'unavailable' };
