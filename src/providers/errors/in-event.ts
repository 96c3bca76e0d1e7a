import { errorFacts, isRecord, member } from './facts';

/** A failure that an event of a stream reports, in the form of an error response. */
export interface EventFailure {
  /** What its code stands for; 200 if it stands for none. */
  readonly status: number;
  readonly body: unknown;
}

/**
 * Whether the data of one server-sent event is a failure:
 * - `{"error": {…}}`: chat completions, Gemini, OpenRouter (which adds `choices`); Messages, with `type: error`
 * - `{"type": "error", "code", "message"}` and `{"type": "response.failed", "response": {"error": {…}}}`: Responses
 * - `{"object": "error", "message", "type", "code"}`: vLLM, Mistral
 * - anything in an event named `error`
 *
 * An `error` that is null or says nothing, as objects have that did not fail, is none.
 * @param data the event's data, parsed
 * @param name the event's name, if it has one
 */
export function failureInEvent(data: unknown, name?: string): EventFailure | undefined {
  const event: unknown = Array.isArray(data) ? data[0] : data;
  if (member(event, 'type') === 'response.failed') {
    return failure({ error: member(member(event, 'response'), 'error') });
  }
  const says = saysSomething(member(event, 'error'));
  const isNamed = [name, member(event, 'type'), member(event, 'object')].includes('error');
  return says || isNamed ? failure(event) : undefined;
}

function failure(body: unknown): EventFailure {
  return { status: statusOf(errorFacts(body).codes), body };
}

function saysSomething(error: unknown): boolean {
  if (typeof error === 'string') return error !== '';
  return (
    isRecord(error) &&
    ['code', 'type', 'status', 'message'].some((name) => {
      const value = member(error, name);
      return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0);
    })
  );
}

const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  // https://docs.anthropic.com/en/api/errors
  ['invalid_request_error', 400],
  ['authentication_error', 401],
  ['billing_error', 402],
  ['permission_error', 403],
  ['not_found_error', 404],
  ['request_too_large', 413],
  ['rate_limit_error', 429],
  ['api_error', 500],
  ['timeout_error', 504],
  ['overloaded_error', 529],
  // https://developers.openai.com/api/docs/guides/error-codes
  ['invalid_prompt', 400],
  ['invalid_api_key', 401],
  ['authentication', 401],
  ['payment_required', 402],
  ['model_not_found', 404],
  ['insufficient_quota', 429],
  ['rate_limit_exceeded', 429],
  ['slow_down', 429],
  ['server_error', 500],
  ['service_unavailable_error', 503],
  ['server_is_overloaded', 503],
  // https://cloud.google.com/apis/design/errors#error_codes
  ['INVALID_ARGUMENT', 400],
  ['FAILED_PRECONDITION', 400],
  ['UNAUTHENTICATED', 401],
  ['PERMISSION_DENIED', 403],
  ['NOT_FOUND', 404],
  ['RESOURCE_EXHAUSTED', 429],
  ['INTERNAL', 500],
  ['UNAVAILABLE', 503],
  ['DEADLINE_EXCEEDED', 504],
]);

function statusOf(codes: readonly string[]): number {
  for (const code of codes) {
    const status = /^[45]\d\d$/.test(code) ? Number(code) : STATUS_BY_CODE.get(code);
    if (status !== undefined) return status;
  }
  return 200;
}
