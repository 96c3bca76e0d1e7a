import { FAILURES } from '../errors/failures';
import type { FinishedRequest, Outcome } from '../metrics/finished-request';
import type { TracedRequest } from '../monitoring/spans';
import type { Provider } from '../providers/provider';
import type { Exchange } from '../proxy/exchange/exchange';
import { loggedStatus, outcomeOf } from '../proxy/exchange/outcome';
import type { UpstreamOrigin } from '../proxy/routing/upstream-origin';
import { loggablePath } from '../proxy/routing/known-paths';

/** What monitoring gets of a request that has ended; nothing of it refers to the exchange, whose memory is free. */
export function finishedRequestOf(exchange: Exchange, endedAtMs: number): FinishedRequest {
  const { record, request, provider, path } = exchange;
  const { tokenName: token, model, isStream = false, attempts, bytes, metering, charge } = record;
  return {
    endedAtMs,
    durationMs: exchange.durationMs,
    firstTokenMs: isStream ? record.firstBodyByteMs : undefined,
    provider: record.isOwnResponse ? undefined : provider.name,
    method: methodOf(request.method),
    route: loggablePath(path),
    status: loggedStatus(exchange),
    ...endOf(outcomeOf(exchange)),
    ...{ token, model, isStream, attempts, bytes, metering },
    knownNanoUsd: charge?.kind === 'known' ? charge.nanoUsd : undefined,
  };
}

const UPSTREAM = 'upstream-';

/** @param logged as the log says it */
function endOf(logged: string): { readonly outcome: Outcome; readonly error: string } {
  if (logged === 'complete' || logged === 'caller-left' || logged === 'failed-in-stream')
    return { outcome: logged, error: '' };
  if (logged.startsWith(UPSTREAM) && !Object.hasOwn(FAILURES, logged))
    return { outcome: 'upstream-error', error: logged.slice(UPSTREAM.length) };
  return { outcome: 'proxy-error', error: logged };
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ has this name for methods that it does not know. */
const OTHER_METHOD = '_OTHER';
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

function methodOf(method = ''): string {
  return METHODS.has(method) ? method : OTHER_METHOD;
}

/** Of an id that SCF gives an invocation. */
const INVOCATION_ID = /^[\w-]{1,64}$/;
/** Of the present version it has 55 characters. */
const MAX_TRACE_PARENT = 300;

/** @param onScf whether the platform's headers can be trusted */
export function tracedRequestOf(
  { request, provider, requestId }: Exchange,
  finished: FinishedRequest,
  {
    upstreams,
    onScf,
  }: { readonly upstreams: ReadonlyMap<Provider, UpstreamOrigin>; readonly onScf: boolean },
): TracedRequest {
  const { traceparent } = request.headers;
  const invocation = onScf ? request.headers['x-scf-request-id'] : undefined;
  return {
    finished,
    requestId,
    traceParent:
      typeof traceparent === 'string' && traceparent.length <= MAX_TRACE_PARENT ? traceparent : undefined,
    invocationId: typeof invocation === 'string' && INVOCATION_ID.test(invocation) ? invocation : undefined,
    server: upstreams.get(provider),
  };
}
