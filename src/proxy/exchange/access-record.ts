import type { Metering } from '../../meter/usage';

/** What a request takes of its token's limits. */
export interface Charge {
  /** `assumed` if the response does not tell all of it, or the model has no price. */
  readonly kind: 'known' | 'assumed';
  /** Tokens of input and output. */
  readonly tokens: number;
  readonly nanoUsd: number;
}

const MAX_FAILED_ATTEMPTS = 15;

/** An attempt that did not serve the request. */
export interface FailedAttempt {
  /** Its number; that of the one before if nothing was sent, because there was no key. */
  readonly attempt: number;
  readonly provider: string;
  /** The pool's key, as the log may call it. */
  readonly key: string | undefined;
  /** Of the provider's response; `undefined` if there was none. */
  readonly status: number | undefined;
  /** The provider's own code, or ours if there was no response. */
  readonly code: string | undefined;
  /** What it means: the kind of a classification, or why a provider of a chain has not served the request. */
  readonly why: string | undefined;
}

/** What is counted and noted of one request on its way, for the access log. */
export class AccessRecord {
  /** Whether this proxy itself responds, as with a page, so that no provider is concerned. */
  isOwnResponse = false;
  /** The name of the access token that the client used. */
  tokenName: string | undefined;
  /** The pool's key that the request was last sent with, as the log may call it. */
  keyAlias: string | undefined;
  /** Times the request was sent upstream. */
  attempts = 0;
  /** The first ones that failed, 15 at most; `undefined` if none has. The last one may be missing. */
  failedAttempts: FailedAttempt[] | undefined;
  /** When the head of the response went out, in ms since the request came; `undefined` if none has. */
  firstByteMs: number | undefined;
  /** When the first byte of the body went out, in ms since the request came; `undefined` if none has. */
  firstBodyByteMs: number | undefined;
  /** Bytes of the response's body that were sent. */
  bytes = 0;
  /** The provider's own code of the error that it responded with, or that its stream reported. */
  upstreamError: string | undefined;
  /** `responded` if the sister did, or the code of why not; `undefined` if the request was not handed over. */
  sister: string | undefined;
  /** Whether the stream reported a failure of the provider, although its bytes arrived completely. */
  streamFailed = false;
  /** The model that was asked for; `undefined` if that was not read. */
  model: string | undefined;
  /** Whether the response is a stream; `undefined` if none was relayed. */
  isStream: boolean | undefined;
  /** What is known of the response's usage; `undefined` if it cannot have used anything, or is not over. */
  metering: Metering | undefined;
  /** Resolves when `metering` is set; `undefined` if there is nothing to wait for. */
  meteringEnds: Promise<void> | undefined;
  /** What its token's limits of tokens and money are charged; `undefined` if it has none. */
  charge: Charge | undefined;
  /** The provider's own id of the request. */
  upstreamRequestId: string | undefined;

  /** Notes an attempt that failed; what was noted of the same one before stands. */
  addFailedAttempt(failed: Omit<FailedAttempt, 'attempt'>): void {
    this.failedAttempts ??= [];
    const { failedAttempts, attempts } = this;
    const last = failedAttempts.at(-1);
    if (failedAttempts.length >= MAX_FAILED_ATTEMPTS) return;
    if (last?.attempt === attempts && last.provider === failed.provider) return;
    failedAttempts.push({ attempt: attempts, ...failed });
  }
}
