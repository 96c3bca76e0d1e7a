import { objectOf } from './json';

/** Every event that is a failure contains one of these. */
export const MAY_FAIL = /error|failed/i;

/**
 * The failure that the data of one server-sent event is, in the form of an error response:
 * - `{"error": {…}}`: chat completions, Gemini, OpenRouter (which adds `choices`); Messages, with `type: error`
 * - `{"type": "error", "code", "message"}` and `{"type": "response.failed", "response": {"error": {…}}}`: Responses
 * - `{"object": "error", "message", "type", "code"}`: vLLM, Mistral
 * - anything in an event named `error`
 *
 * An `error` that is null or says nothing, as objects have that did not fail, is none.
 * @param data the event's data, parsed
 * @param name the event's name, if it has one
 * @returns `undefined` if it is none
 */
export function failureBody(data: unknown, name?: string): { readonly body: unknown } | undefined {
  const event: unknown = Array.isArray(data) ? data[0] : data;
  const { type, object, error, response } = objectOf(event) ?? {};
  if (type === 'response.failed') return { body: { error: objectOf(response)?.['error'] } };
  const isNamed = name === 'error' || type === 'error' || object === 'error';
  return isNamed || saysSomething(error) ? { body: event } : undefined;
}

function saysSomething(error: unknown): boolean {
  if (typeof error === 'string') return error !== '';
  const members = objectOf(error);
  return (
    members !== undefined &&
    ['code', 'type', 'status', 'message'].some((name) => {
      const value = members[name];
      return (typeof value === 'string' && value !== '') || (typeof value === 'number' && value !== 0);
    })
  );
}
