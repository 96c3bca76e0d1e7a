import type { Metering } from '../../meter/usage';

/** What a request takes of its token's limits. */
export interface Charge {
  /** `assumed` if the response does not tell all of it, or the model has no price. */
  readonly kind: 'known' | 'assumed';
  /** Tokens of input and output. */
  readonly tokens: number;
  readonly nanoUsd: number;
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
}
