import { FAILURES, type Failure, type FailureCode } from './failures';

/** Thrown wherever a request cannot continue; `app.ts` alone turns it into a response. `cause` is for the log only. */
export class ProxyError extends Error implements Failure {
  override readonly name = 'ProxyError';
  readonly status: number;
  /** For the `Retry-After` of the response; `undefined` if there is nothing to wait for. */
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

/** The client disconnected: no response can be sent, so this only stops the work and marks the log (status 499). */
export class ClientDisconnected extends Error {
  override readonly name = 'ClientDisconnected';
}

/** Turns any thrown value into a failure of the table; an unexpected one becomes `proxy-error`. */
export function asProxyError(error: unknown): ProxyError {
  return error instanceof ProxyError ? error : new ProxyError('proxy-error', { cause: error });
}
