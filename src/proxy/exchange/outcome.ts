import { ProxyError } from '../../errors/proxy-error';
import type { Exchange } from './exchange';

const FIRST_ERROR_STATUS = 400;

/** Whether the provider's error response was passed on. */
export function isUpstreamError({
  failure,
  record,
  response,
}: Pick<Exchange, 'failure' | 'record' | 'response'>): boolean {
  return !failure && !record.isOwnResponse && response.statusCode >= FIRST_ERROR_STATUS;
}

/** How a request ended, as the log says it. */
export function outcomeOf(exchange: Pick<Exchange, 'failure' | 'record' | 'response'>): string {
  const { failure, record, response } = exchange;
  if (failure) return failure instanceof ProxyError ? failure.code : 'caller-left';
  if (isUpstreamError(exchange)) return `upstream-${response.statusCode}`;
  return record.streamFailed ? 'failed-in-stream' : 'complete';
}

/** The status that the log has: that of the response, or 499 if the client left before it. */
export function loggedStatus({ failure, response }: Pick<Exchange, 'failure' | 'response'>): number {
  return failure && !(failure instanceof ProxyError) && !response.headersSent ? 499 : response.statusCode;
}
