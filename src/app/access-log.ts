import { ProxyError } from '../errors/proxy-error';
import { SILENT, type Log, type LogFields, type Logger } from '../log/logger';
import type { AccessRecord } from '../proxy/exchange/access-record';
import type { Exchange } from '../proxy/exchange/exchange';
import { isUpstreamError, loggedStatus, outcomeOf } from '../proxy/exchange/outcome';
import { loggablePath } from '../proxy/routing/known-paths';
import { cacheWritesOf, type AmountField } from '../books/amounts';
import { NANO_PER_USD } from '../prices/nano-usd';

/** The compiler compares the fields of amounts with the list of them. */
type LineOfRequest = Readonly<Record<AmountField, number | undefined>> & LogFields;

/** Writes a request's one log line, when it has ended. */
export function logRequest(exchange: Exchange, logger: Logger): void {
  const log = logFor(exchange, logger);
  if (log === undefined || log === SILENT) return;
  const { request, failure, record, requestId } = exchange;
  const ms = exchange.durationMs;
  const { model, metering, charge } = record;
  const usage = metering?.usage;
  const served = model === metering?.model ? undefined : model && oneLine(metering?.model);
  // One shape for every request, and no other object spread into it: members that are undefined are left out of the line.
  const line = {
    request_id: requestId,
    method: request.method,
    path: loggablePath(exchange.path),
    provider: record.isOwnResponse ? undefined : exchange.provider.name,
    token: record.tokenName,
    key: record.keyAlias,
    status: loggedStatus(exchange),
    bytes: record.bytes,
    first_byte_ms: toTenths(record.firstByteMs) ?? null,
    ttft_ms: record.isStream === true ? toTenths(record.firstBodyByteMs) : undefined,
    ms: toTenths(ms),
    attempts: record.attempts,
    outcome: outcomeOf(exchange),
    model: oneLine(model ?? metering?.model),
    model_served: served,
    stream: record.isStream,
    meter: metering?.class,
    input_tokens: usage?.input,
    longest_input_tokens: usage?.longestInput,
    cached_input_tokens: usage?.cachedInput,
    cache_write_tokens: usage && cacheWritesOf(usage),
    output_tokens: usage?.output,
    reasoning_tokens: usage?.reasoning,
    audio_input_tokens: usage?.audioInput,
    audio_output_tokens: usage?.audioOutput,
    audio_seconds: usage?.audioSeconds,
    images: usage?.images,
    usd: metering?.costUsd,
    charged_usd: charge && charge.nanoUsd / NANO_PER_USD,
    charge: charge?.kind,
    tokens_per_second: tokensPerSecond(record, ms),
    upstream_request_id: record.upstreamRequestId,
    upstream_error: record.upstreamError,
    sister: record.sister,
    cause: failure?.cause,
  } satisfies LineOfRequest;
  log(line, 'request');
}

/** Where its line goes; `undefined` or silent if lines of its level are not written. */
function logFor(exchange: Exchange, logger: Logger): Log | undefined {
  const { failure } = exchange;
  if (isUpstreamError(exchange) || (failure instanceof ProxyError && failure.status >= 500))
    return logger.warn;
  return isHealthProbe(exchange) ? logger.debug : logger.info;
}

/** Monitors ask every few seconds. */
function isHealthProbe({ record, failure, path, request }: Exchange): boolean {
  if (!record.isOwnResponse || failure) return false;
  if (path === '/-/health' || path === '/-/ready' || path === '/-/metrics') return true;
  return request.method === 'HEAD' && (path === '/' || path === '/api/hello');
}

/** As `\p{Cc}`, which takes V8 half a millisecond to compile. */
const CONTROL = /[^ -~\xa0-\uffff]/g;

/** Escaped as JSON, a line break would end in a letter, before which the redaction does not find a secret. */
export function oneLine(name: string | undefined): string | undefined {
  return name?.replace(CONTROL, ' ');
}

function toTenths(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms * 10) / 10;
}

/** Output tokens a second, from the first byte of the body to the end; only of a stream whose usage is fully known. */
export function tokensPerSecond(
  { isStream, firstBodyByteMs, metering }: AccessRecord,
  wholeMs: number,
): number | undefined {
  const output = metering?.class === 'metered' ? metering.usage?.output : undefined;
  if (isStream !== true || output === undefined || firstBodyByteMs === undefined) return undefined;
  const streamedMs = wholeMs - firstBodyByteMs;
  return streamedMs > 0 ? Math.round((output / streamedMs) * 10_000) / 10 : undefined;
}
