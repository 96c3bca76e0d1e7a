import type { FinishedRequest } from '../metrics/finished-request';
import { genAiProvider, operationOf } from '../metrics/gen-ai';
import { keyValues, nanosText, type AttributeValue, type KeyValue } from './json';
import { traceParentIn } from './trace-parent';

/** A request that has ended, with what only its spans tell. */
export interface TracedRequest {
  readonly finished: FinishedRequest;
  /** This proxy's id of the request. */
  readonly requestId: string;
  /** The client's header, as it was sent; `undefined` if there was none. */
  readonly traceParent: string | undefined;
  /** The platform's id of the invocation; `undefined` elsewhere. */
  readonly invocationId: string | undefined;
  /** Where the provider is; `undefined` if nothing was sent to one. */
  readonly server: { readonly hostname: string; readonly port: number } | undefined;
}

/** https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status?: { readonly code: number };
}

const KIND_SERVER = 2;
const KIND_CLIENT = 3;
const STATUS_ERROR = 2;
const SAMPLED = 1;
const FIRST_SERVER_ERROR = 500;
const MAX_NAME_CHARACTERS = 200;

export interface SpanTools {
  /** So many random bytes, as hexadecimal digits. */
  readonly randomHex: (bytes: number) => string;
  /** Takes what is secret out of a name that a client has written. */
  readonly clean: (name: string) => string;
}

/**
 * The spans of one request: the request to this proxy, and in it, if a provider was asked, the operation there with all its
 * attempts. None if the client does not sample its trace, which OpenTelemetry's default sampler respects.
 */
export function spansOf(traced: TracedRequest, { randomHex, clean }: SpanTools): Span[] {
  const { finished, traceParent } = traced;
  const parent = traceParent === undefined ? undefined : traceParentIn(traceParent);
  if (parent && !parent.isSampled) return [];
  const nameOf = (raw: string | undefined) => raw && clean(raw).slice(0, MAX_NAME_CHARACTERS);
  const { endedAtMs, durationMs } = finished;
  const common = {
    traceId: parent?.traceId ?? randomHex(16),
    flags: SAMPLED,
    startTimeUnixNano: nanosText(endedAtMs - durationMs),
    endTimeUnixNano: nanosText(endedAtMs),
  };
  const server: Span = {
    ...common,
    spanId: randomHex(8),
    ...(parent && { parentSpanId: parent.spanId }),
    name: `${finished.method} ${finished.route}`,
    kind: KIND_SERVER,
    attributes: keyValues(serverAttributes(traced)),
    ...(finished.status >= FIRST_SERVER_ERROR || finished.outcome === 'failed-in-stream'
      ? { status: { code: STATUS_ERROR } }
      : {}),
  };
  if (finished.provider === undefined || finished.attempts === 0) return [server];
  const model = nameOf(finished.model);
  const operation = operationOf(finished.route) ?? 'other';
  const errorType = errorTypeOf(finished);
  const client: Span = {
    ...common,
    spanId: randomHex(8),
    parentSpanId: server.spanId,
    name: model === undefined ? operation : `${operation} ${model}`,
    kind: KIND_CLIENT,
    attributes: keyValues({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': genAiProvider(finished.provider),
      'gen_ai.request.model': model,
      'gen_ai.response.model': nameOf(finished.metering?.model),
      ...usageAttributes(finished),
      'server.address': traced.server?.hostname,
      'server.port': traced.server?.port,
      'error.type': errorType,
      'proxy.attempts': finished.attempts,
      'proxy.stream': finished.isStream,
      'proxy.first_token_ms': finished.firstTokenMs,
    }),
    ...(errorType === undefined ? {} : { status: { code: STATUS_ERROR } }),
  };
  return [server, client];
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/ */
function serverAttributes({
  finished,
  requestId,
  invocationId,
}: TracedRequest): Record<string, AttributeValue> {
  return {
    'http.request.method': finished.method,
    'http.route': finished.route,
    'http.response.status_code': finished.status,
    'http.response.body.size': finished.bytes,
    'error.type': errorTypeOf(finished),
    ...(invocationId === undefined ? {} : { 'faas.trigger': 'http', 'faas.invocation_id': invocationId }),
    'proxy.request_id': requestId,
    'proxy.outcome': finished.outcome,
    'proxy.access_token.name': finished.token,
  };
}

function usageAttributes({ metering }: FinishedRequest): Record<string, AttributeValue> {
  const usage = metering?.usage;
  return {
    'gen_ai.usage.input_tokens': usage?.input,
    'gen_ai.usage.output_tokens': usage?.output,
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedInput,
  };
}

function errorTypeOf({ error, outcome }: FinishedRequest): string | undefined {
  if (error !== '') return error;
  return outcome === 'complete' ? undefined : outcome;
}
