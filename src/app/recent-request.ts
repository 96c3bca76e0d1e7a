import { ProxyError } from '../errors/proxy-error';
import type { EndedRequest } from '../books/ended-request';
import type { RecentRequest, RecentRequests } from '../pages/console/recent-requests';
import type { Exchange } from '../proxy/exchange/exchange';
import { loggablePath } from '../proxy/routing/known-paths';
import { oneLine, outcomeOf, statusOf, tokensPerSecond } from './access-log';

const FIRST_ERROR_STATUS = 400;

/** Lists a request that has ended: one object, of what the log says as well. */
export function listRequest(
  exchange: Exchange,
  { atMs, isError, firstTokenMs }: EndedRequest,
  list: RecentRequests,
): RecentRequest {
  const { record, failure, request } = exchange;
  const { model, metering } = record;
  const ms = exchange.elapsedMs();
  const named = list.nameOf(model ?? metering?.model, nameInList);
  const served = list.nameOf(metering?.model, nameInList);
  const status = statusOf(exchange);
  const listed: RecentRequest = {
    seq: 0,
    id: exchange.requestId,
    atMs,
    token: record.tokenName,
    method: request.method ?? '',
    path: loggablePath(exchange.path),
    provider: exchange.provider.name,
    model: named,
    modelServed: served === named ? undefined : served,
    isStream: record.isStream,
    status,
    outcome: outcomeOf(exchange),
    isError,
    failure: failure instanceof ProxyError ? failure.code : undefined,
    isWorthRepeating:
      failure instanceof ProxyError
        ? failure.isWorthRepeating
        : status < FIRST_ERROR_STATUS
          ? undefined
          : status === 408 || status === 409 || status === 429 || status >= 500,
    upstreamError: record.upstreamError,
    meter: metering?.class,
    usage: metering?.usage,
    nanoUsd: undefined,
    firstByteMs: record.firstByteMs,
    firstTokenMs,
    ms,
    tokensPerSecond: tokensPerSecond(record, ms),
    bytes: record.bytes,
    attempts: record.attempts,
    key: record.keyAlias,
    failedAttempts: record.failedAttempts,
  };
  list.add(listed);
  return listed;
}

const nameInList = (name: string) => oneLine(name) ?? '';
