import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { monotonicMs } from '../clock/monotonic';
import { ClientDisconnected, ProxyError } from './proxy-error';

const DNS_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME']);
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ENETDOWN',
]);
const RESET_CODES = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
]);
/** OpenSSL's verification results, as `error.code` gives them: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const TLS_CODES =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|EPROTO$)/;

/** No file descriptor is left, in this process or on this machine. */
const DESCRIPTOR_CODES = new Set(['EMFILE', 'ENFILE']);
const DESCRIPTOR_RETRY_AFTER_MS = 2_000;

/** A lookup opens files and sockets, several of them at the same time. */
const DESCRIPTORS_OF_LOOKUP = 4;
/** When a connection closes, descriptors are free again, while a lookup that lacked them has yet to report its failure. */
const EXHAUSTED_FOR_MS = 1_000;
let exhaustedAtMs = -Infinity;

/** A name lookup without enough file descriptors may fail with the code of a name that does not resolve. */
function hasDescriptors(): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < DESCRIPTORS_OF_LOOKUP) opened.push(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    return !DESCRIPTOR_CODES.has(errorCode(error));
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

function lacksDescriptors(code: string): boolean {
  const isLookup = DNS_CODES.has(code);
  if (DESCRIPTOR_CODES.has(code) || (isLookup && !hasDescriptors())) {
    exhaustedAtMs = monotonicMs();
    return true;
  }
  return isLookup && monotonicMs() - exhaustedAtMs < EXHAUSTED_FOR_MS;
}

/** What a failed attempt at the upstream means, before any of its response was received. */
export function asUpstreamFailure(error: unknown): ProxyError | ClientDisconnected {
  if (error instanceof ProxyError || error instanceof ClientDisconnected) return error;
  const code = errorCode(error);
  if (code === 'ETIMEDOUT') return new ProxyError('connect-timeout', { cause: error });
  if (lacksDescriptors(code)) {
    return new ProxyError('too-many-connections', { cause: error, retryAfterMs: DESCRIPTOR_RETRY_AFTER_MS });
  }
  if (DNS_CODES.has(code)) return new ProxyError('upstream-dns', { cause: error });
  if (UNREACHABLE_CODES.has(code)) return new ProxyError('upstream-unreachable', { cause: error });
  if (RESET_CODES.has(code)) return new ProxyError('upstream-reset', { cause: error });
  if (TLS_CODES.test(code)) return new ProxyError('upstream-tls', { cause: error });
  if (code.startsWith('ERR_HTTP2_') && code !== 'ERR_HTTP2_ERROR') {
    return new ProxyError('upstream-reset', { cause: error });
  }
  // ERR_HTTP2_ERROR: nghttp2 has rejected what the other side sent.
  if (code.startsWith('HPE_') || code.startsWith('ERR_HTTP_') || code === 'ERR_HTTP2_ERROR') {
    return new ProxyError('upstream-invalid', { cause: error });
  }
  return new ProxyError('proxy-error', { cause: error });
}

const CONNECT_FAILURES = /^(?:connect-timeout|upstream-tls|upstream-unreachable)$/;

/**
 * As `asUpstreamFailure`, on a connection that was open: an error that elsewhere means that none was made, such as
 * `ETIMEDOUT` or a fatal TLS alert, is `upstream-reset` here, because the upstream may have begun to process the request.
 */
export function asOpenConnectionFailure(error: unknown): ProxyError | ClientDisconnected {
  const failure = asUpstreamFailure(error);
  return failure !== error && failure instanceof ProxyError && CONNECT_FAILURES.test(failure.code)
    ? new ProxyError('upstream-reset', { cause: error })
    : failure;
}

/** `error.code` of a Node system error; '' if there is none. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]); // happy eyeballs
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}
