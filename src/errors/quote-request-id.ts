import type { Failure } from './failures';

/** A failure whose message ends in the request's id, so that a user can name it to the operator; as it is without an id. */
export function quotingRequestId(failure: Failure, requestId: string): Failure {
  if (requestId === '') return failure;
  const { code, status, message, isWorthRepeating } = failure;
  return { code, status, message: `${message} Request id: ${requestId}`, isWorthRepeating };
}
