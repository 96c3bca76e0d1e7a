import { FAILURES, type Failure, type FailureCode } from './failures';

export interface ProxyErrorOptions {
  /** For the log only. */
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
  /** A sentence that follows the message of the table. */
  readonly detail?: string;
  /** The limit of the client's token that was reached. */
  readonly tokenLimit?: number;
  /** Whether the same request fails again for so long that clients are not to repeat it. */
  readonly isFinal?: boolean;
}

/** Thrown wherever a request cannot continue; `app.ts` alone turns it into a response. `cause` is for the log only. */
export class ProxyError extends Error implements Failure {
  override readonly name = 'ProxyError';
  readonly status: number;
  /** For the `Retry-After` of the response; `undefined` if there is nothing to wait for. */
  readonly retryAfterMs: number | undefined;
  readonly tokenLimit: number | undefined;
  readonly #isFinal: boolean;

  constructor(
    readonly code: FailureCode,
    options: ProxyErrorOptions = {},
  ) {
    const { message, status } = FAILURES[code];
    super(
      options.detail === undefined ? message : `${message} ${options.detail}`,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.status = status;
    this.retryAfterMs = options.retryAfterMs;
    this.tokenLimit = options.tokenLimit;
    this.#isFinal = options.isFinal ?? 'final' in FAILURES[code];
  }

  get isWorthRepeating(): boolean {
    return !this.#isFinal;
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
