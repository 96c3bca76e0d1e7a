import type { Header } from '../providers/provider';
import type { UpstreamAnswer } from './answer';
import type { BufferedResponse } from './buffered-response';
import type { Classified } from './classify-response';
import type { HeadTap } from './head-ids';
import type { RawHeaders } from './headers';
import type { StreamFailure } from './stream-events';

/** What a request ends up with: a response to relay as it comes, or one that was read and is sent from memory. */
export type Outcome =
  | RelayedOutcome
  | { readonly kind: 'buffered'; readonly response: BufferedResponse; readonly headers: readonly Header[] };

export interface RelayedOutcome {
  readonly kind: 'relay';
  readonly upstream: UpstreamAnswer;
  /** Its headers, without the server's key. */
  readonly rawHeaders: RawHeaders;
  /** Told of a failure that comes to light later in the stream. */
  readonly onFailure: (failure: StreamFailure) => void;
  /** Watches its first bytes for the names of new objects. */
  readonly tap: HeadTap | undefined;
}

/** What came of one attempt. */
export interface Attempt extends Classified {
  readonly upstream: UpstreamAnswer;
  /** Its headers, without the server's key. */
  readonly rawHeaders: RawHeaders;
  /** The response, if it was read whole. */
  readonly response: BufferedResponse | undefined;
  /** Whether the failure stands inside a stream whose status is 200. */
  readonly inStream: boolean;
}
