import { failureBody } from '../../meter/text/failure-in-event';
import { errorFacts } from './facts';

/** A failure that an event of a stream reports, in the form of an error response. */
export interface EventFailure {
  /** What its code stands for; 200 if it stands for none. */
  readonly status: number;
  readonly body: unknown;
}

/**
 * The failure that the data of one server-sent event is; `undefined` if it is none.
 * @param data the event's data, parsed
 * @param name the event's name, if it has one
 */
export function failureInEvent(data: unknown, name?: string): EventFailure | undefined {
  const failure = failureBody(data, name);
  return failure && { status: statusOf(errorFacts(failure.body).codes), body: failure.body };
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
