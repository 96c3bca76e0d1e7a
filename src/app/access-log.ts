import { ClientDisconnected, ProxyError } from '../errors/proxy-error';
import type { Logger } from '../log/logger';
import type { Usage } from '../meter/usage';
import type { AccessRecord } from '../proxy/exchange/access-record';
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
    ...usageOf(record),
    upstream_request_id: record.upstreamRequestId,
    upstream_error: record.upstreamError,
    sister: record.sister,
    cause: failure?.cause,
  };
  if (failure instanceof ProxyError && failure.status >= 500) logger.warn(line, 'request');
  else logger.info(line, 'request');
}

/** What was asked for and used; one shape for every request. */
function usageOf({ model, isStream, metering, charge }: AccessRecord) {
  const { usage } = metering ?? {};
  return {
    model: oneLine(model ?? metering?.model),
    model_served: model === metering?.model ? undefined : model && oneLine(metering?.model),
    stream: isStream,
    meter: metering?.class,
    input_tokens: usage?.input,
    cached_input_tokens: usage?.cachedInput,
    cache_write_tokens: cacheWritesOf(usage),
    output_tokens: usage?.output,
    reasoning_tokens: usage?.reasoning,
    audio_input_tokens: usage?.audioInput,
    audio_output_tokens: usage?.audioOutput,
    audio_seconds: usage?.audioSeconds,
    images: usage?.images,
    usd: metering?.costUsd,
    charged_usd: charge && charge.nanoUsd / 1e9,
    charge: charge?.kind,
  };
}

/** As `\p{Cc}`, which takes V8 half a millisecond to compile. */
const CONTROL = /[^ -~\xa0-\uffff]/g;

/** Escaped as JSON, a line break would end in a letter, before which the redaction does not find a secret. */
function oneLine(name: string | undefined): string | undefined {
  return name?.replace(CONTROL, ' ');
}

function cacheWritesOf(usage: Usage | undefined): number | undefined {
  const { cacheWrite5m, cacheWrite1h } = usage ?? {};
  return cacheWrite5m === undefined && cacheWrite1h === undefined
    ? undefined
    : (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0);
}

function outcomeOf({ failure, record }: Exchange): string {
  if (!failure) return record.streamFailed ? 'failed-in-stream' : 'complete';
  return failure instanceof ProxyError ? failure.code : 'caller-left';
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
