import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';

interface FailureRow {
  readonly status: number;
  /** Whether the same request fails again however often it is repeated; SDKs that ask are told to stop. */
  readonly final?: true;
  readonly message: string;
}

/**
 * Every failure of our own: its status and the sentence that names the remedy. One row is one failure;
 * the row's name travels as `x-proxy-error`, so that a caller can tell ours from the upstream's.
 */
export const FAILURES = {
  'bad-path': {
    status: 400,
    final: true,
    message:
      'The request path is not one this proxy can relay. Send an origin-form path such as /v1/chat/completions, without dot segments, a doubled leading slash, backslashes or encoded control characters.',
  },
  'bad-request': {
    status: 400,
    final: true,
    message:
      'The request is not valid HTTP/1.1, so nothing was sent upstream. Check the framing headers (Content-Length, Transfer-Encoding) and what stands between you and this proxy.',
  },
  'bad-parameter': {
    status: 400,
    final: true,
    message:
      'A parameter of this page is out of its range: chunks is a whole number from 1 to 100, interval one from 10 to 1000 (ms).',
  },
  'too-many-keys': {
    status: 400,
    final: true,
    message:
      'More than 32 API keys are joined in one credential, so nothing was sent upstream. Send 32 at most, separated by "|" or ",".',
  },
  'missing-key': {
    status: 401,
    final: true,
    message:
      'No API key was sent. Send yours as "Authorization: Bearer KEY" or "x-api-key: KEY", as the provider\'s own API expects it.',
  },
  'no-key-for-provider': {
    status: 401,
    final: true,
    message:
      'Your access token is right, but this proxy has no keys of its own for this provider. Send your own key with the token behind it: KEY:TOKEN.',
  },
  'bad-token': {
    status: 401,
    final: true,
    message:
      'A valid access token of this proxy is needed. Send it in place of the API key, behind your own key (KEY:TOKEN), or as the first segment of the path.',
  },
  'bad-admin-token': {
    status: 401,
    final: true,
    message: 'This page needs the admin token, as "Authorization: Bearer ADMIN_TOKEN".',
  },
  'foreign-origin': {
    status: 403,
    final: true,
    message:
      'This proxy spends its own keys without access tokens, so it takes nothing from other web pages or under unknown host names. Name the origin of the page in CORS_ORIGINS, or the host in ALLOWED_HOSTS; better, set ACCESS_TOKENS.',
  },
  'keys-not-permitted': {
    status: 403,
    final: true,
    message:
      'No key of this proxy is permitted to use this model or feature. Choose another, or ask its operator for a key that is.',
  },
  'unknown-provider': {
    status: 404,
    final: true,
    message:
      'The first segment of the path names no provider of this proxy, and nothing was sent upstream. Leave it out, or use one of the names that the page at / lists.',
  },
  'not-found': {
    status: 404,
    final: true,
    message:
      'This proxy has no such page of its own. Paths under /-/ are its own (try /-/health); everything else is relayed.',
  },
  'method-not-allowed': {
    status: 405,
    final: true,
    message: "This proxy's own pages are read with GET or HEAD only.",
  },
  'method-not-relayed': {
    status: 405,
    final: true,
    message:
      'This proxy does not relay TRACE and its like, whose response would repeat the request, key included. Use the method that the provider documents.',
  },
  'request-timeout': {
    status: 408,
    message:
      'The request did not arrive completely in time. Send it again; if it is large, send it in parts.',
  },
  'body-too-large': {
    status: 413,
    final: true,
    message:
      'The request body is larger than this proxy accepts. Send less at a time, or raise MAX_BODY_BYTES and the memory of the function.',
  },
  'url-too-long': {
    status: 414,
    final: true,
    message: 'The URL is longer than 16384 bytes. Send long parameters in the request body instead.',
  },
  'bad-websocket': {
    status: 400,
    final: true,
    message:
      'The WebSocket upgrade is not valid: it needs a Sec-WebSocket-Key of 16 bytes in Base64, and must have no body. Check the client and what stands between it and this proxy.',
  },
  'bad-websocket-version': {
    status: 426,
    final: true,
    message:
      'The WebSocket upgrade asks for another version than 13, the only one there is. Send "Sec-WebSocket-Version: 13".',
  },
  'websocket-unsupported': {
    status: 426,
    final: true,
    message:
      'WebSocket upgrades do not arrive here, or WEBSOCKETS=off refuses them. Send the same request as a plain HTTP POST instead.',
  },
  'keys-cooling': {
    status: 429,
    message:
      'Every key of this proxy for this provider is rate-limited or out of order for now. Wait as long as Retry-After says, or add keys.',
  },
  'keys-out-of-credit': {
    status: 429,
    final: true,
    message:
      'No key of this proxy has credit left at this provider, so repeating the request does not help. Its operator can add credit or keys.',
  },
  'too-many-bad-tokens': {
    status: 429,
    message:
      'Too many wrong access tokens came from your address. Wait as long as Retry-After says, then send the right one.',
  },
  'headers-too-large': {
    status: 431,
    final: true,
    message: 'The request headers are larger than 32768 bytes together. Send fewer or shorter headers.',
  },
  'proxy-error': {
    status: 500,
    message:
      'This proxy failed on its own account; the request may or may not have reached the provider. Its log has the cause.',
  },
  'upstream-unreachable': {
    status: 502,
    message:
      "The provider's address refused the connection or cannot be reached from here. Check the upstream setting and the function's network access.",
  },
  'upstream-dns': {
    status: 502,
    message:
      "The provider's host name does not resolve from here. Check the upstream setting and the function's public network access.",
  },
  'upstream-tls': {
    status: 502,
    message:
      'No trusted TLS connection to the provider could be made. Check the upstream setting; a certificate of your own is trusted through NODE_EXTRA_CA_CERTS.',
  },
  'upstream-reset': {
    status: 502,
    message: 'The provider closed the connection before it answered. Send the request again.',
  },
  'upstream-invalid': {
    status: 502,
    message:
      'What the provider answered is not valid HTTP. Check that the upstream setting points to an HTTP API.',
  },
  'upstream-cut': {
    status: 502,
    message:
      'The provider broke off in the middle of its answer, so what came before is incomplete. Send it again.',
  },
  'upstream-unreadable': {
    status: 502,
    final: true,
    message:
      'The provider refused the request in a form that this proxy cannot read, and so cannot pass on. Send it again with "Accept-Encoding: gzip".',
  },
  'too-busy': {
    status: 503,
    message:
      'This instance has no memory left for the request body, so nothing was sent to the provider. Send it again after Retry-After; if it happens often, give the function more memory or raise BODY_MEMORY.',
  },
  'too-many-connections': {
    status: 503,
    message:
      'This instance has no file descriptors left for a connection to the provider. Send the request again after Retry-After; if it happens often, lower the number of requests that an instance takes at once.',
  },
  'egress-refused': {
    status: 503,
    final: true,
    message:
      'The provider refuses the country that this proxy asks from, so nothing was sent to it. Deploy the proxy in another region, outside Hong Kong and the mainland; EGRESS_GUARD=off would send it all the same.',
  },
  'key-refused': {
    status: 503,
    message:
      'The provider refused the key that this proxy sent the request with, and the request was too large to be kept for another. Send it again: another key takes it.',
  },
  'keys-invalid': {
    status: 503,
    final: true,
    message:
      "The provider refuses every key of this proxy as invalid. Your access token is right; the proxy's operator has to look after its keys or its address.",
  },
  'selftest-busy': {
    status: 503,
    message: 'As many self-tests run already as may run at once. Wait as long as Retry-After says.',
  },
  'shutting-down': {
    status: 503,
    message: 'This instance is being stopped. Send the request again; another instance will take it.',
  },
  'connect-timeout': {
    status: 504,
    message:
      "No connection to the provider within CONNECT_TIMEOUT. Check the upstream setting and the function's public network access.",
  },
  'upstream-timeout': {
    status: 504,
    message:
      'The provider sent no answer in time. Ask for a stream ("stream": true), or raise TIMEOUT if the function itself may run longer.',
  },
  'function-deadline': {
    status: 504,
    message:
      'The function reached its own time limit. Raise the timeout of the SCF function (up to 900 s), or ask for a shorter answer.',
  },
  'idle-timeout': {
    status: 504,
    message:
      'The provider went silent in the middle of its answer for longer than IDLE_TIMEOUT, so what came before is incomplete.',
  },
} as const satisfies Record<string, FailureRow>;

export type FailureCode = keyof typeof FAILURES;

/** A failure of ours as a provider's error shape needs it. The message never carries a secret. */
export interface Failure {
  readonly code: FailureCode;
  readonly status: number;
  readonly message: string;
  /** Whether the same request may succeed when it is repeated. */
  readonly isWorthRepeating: boolean;
}

/** Thrown wherever a request cannot go on; answered in one place, `app.ts`. `cause` is for the log only. */
export class ProxyError extends Error implements Failure {
  override readonly name = 'ProxyError';
  readonly status: number;
  /** For the `Retry-After` of the answer; undefined where there is nothing to wait for. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: FailureCode,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number },
  ) {
    super(FAILURES[code].message, options);
    this.status = FAILURES[code].status;
    this.retryAfterMs = options?.retryAfterMs;
  }

  get isWorthRepeating(): boolean {
    return !('final' in FAILURES[this.code]);
  }
}

/** The caller left: nobody is there to answer, so this only stops the work and marks the log (status 499). */
export class CallerLeft extends Error {
  override readonly name = 'CallerLeft';
}

/** Turns whatever was thrown into a failure of the table; what nobody foresaw is a `proxy-error`. */
export function asProxyError(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('proxy-error', { cause: error });
}

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

/** A name look-up that has no descriptor for its files and sockets says that the name does not resolve. */
function hasDescriptor(): boolean {
  try {
    closeSync(openSync(devNull, 'r'));
    return true;
  } catch (error) {
    return !DESCRIPTOR_CODES.has(errorCode(error));
  }
}

/** What a failed attempt at the upstream means, before any of its answer was seen. */
export function asUpstreamFailure(error: unknown): ProxyError | CallerLeft {
  if (error instanceof ProxyError || error instanceof CallerLeft) return error;
  const code = errorCode(error);
  if (code === 'ETIMEDOUT') return new ProxyError('connect-timeout', { cause: error });
  if (DESCRIPTOR_CODES.has(code) || (DNS_CODES.has(code) && !hasDescriptor())) {
    return new ProxyError('too-many-connections', { cause: error, retryAfterMs: DESCRIPTOR_RETRY_AFTER_MS });
  }
  if (DNS_CODES.has(code)) return new ProxyError('upstream-dns', { cause: error });
  if (UNREACHABLE_CODES.has(code)) return new ProxyError('upstream-unreachable', { cause: error });
  if (RESET_CODES.has(code)) return new ProxyError('upstream-reset', { cause: error });
  if (TLS_CODES.test(code)) return new ProxyError('upstream-tls', { cause: error });
  if (code.startsWith('ERR_HTTP2_') && code !== 'ERR_HTTP2_ERROR') {
    return new ProxyError('upstream-reset', { cause: error });
  }
  if (code.startsWith('HPE_') || code.startsWith('ERR_HTTP_')) {
    return new ProxyError('upstream-invalid', { cause: error });
  }
  return new ProxyError('proxy-error', { cause: error });
}

/** `error.code` of a Node system error; '' where there is none. */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]); // happy eyeballs
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}
