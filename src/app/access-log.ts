import { ClientDisconnected, ProxyError } from '../errors/proxy-error';
import type { Logger } from '../log/logger';
import type { Exchange } from '../proxy/exchange/exchange';
import { loggablePath } from '../proxy/routing/known-paths';

/** Writes a request's one log line, when it has ended. */
export function logRequest(exchange: Exchange, id: string, logger: Logger): void {
  const { request, response, failure, record } = exchange;
  // One shape for every request: members that are undefined are left out of the line.
  const line = {
    id,
    method: request.method,
    path: loggablePath(exchange.path),
    provider: exchange.provider.name,
    token: record.tokenName,
    key: record.keyAlias,
    status: failure instanceof ClientDisconnected && !response.headersSent ? 499 : response.statusCode,
    bytes: record.bytes,
    first_byte_ms: record.firstByteMs === undefined ? null : toTenths(record.firstByteMs),
    ms: toTenths(exchange.elapsedMs()),
    attempts: record.attempts,
    outcome: outcomeOf(exchange),
    upstream_error: record.upstreamError,
    sister: record.sister,
    cause: failure?.cause,
  };
  if (failure instanceof ProxyError && failure.status >= 500) logger.warn(line, 'request');
  else logger.info(line, 'request');
}

function outcomeOf({ failure, record }: Exchange): string {
  if (!failure) return record.streamFailed ? 'failed-in-stream' : 'complete';
  return failure instanceof ProxyError ? failure.code : 'caller-left';
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
