import type { Header } from '../../http/header';
import type { UpstreamResponse } from '../upstream/upstream-response';
import type { BufferedResponse } from '../upstream/buffered-response';
import type { Classified } from './classify-response';
import type { RawHeaders } from '../../http/filter-headers';
import type { RelayedOutcome } from '../response/relay';
import type { Classification } from '../../providers/errors/error-response';

/** The failure that the first event of a stream reports. */
export interface EventFailureMeaning {
  /** The status that its code corresponds to; 200 if it corresponds to none. */
  readonly status: number;
  readonly meaning: Classification['kind'];
}

/** The outcome of a request: a response to relay as it arrives, or one that was read and is sent from memory. */
export type Outcome =
  | (RelayedOutcome & { readonly streamFailure?: EventFailureMeaning })
  | {
      readonly kind: 'buffered';
      readonly response: BufferedResponse;
      readonly headers: readonly Header[];
      /** What an error response means; `undefined` of a good one. */
      readonly meaning?: Classification['kind'];
      /** Whether the provider does not accept requests from the country of this proxy. */
      readonly egressRefused?: true;
    };

/** The result of one attempt. */
export interface Attempt extends Classified {
  readonly upstream: UpstreamResponse;
  /** Its headers, without the server's key. */
  readonly rawHeaders: RawHeaders;
  /** The response, if it was read whole. */
  readonly response: BufferedResponse | undefined;
  /** Whether the failure is in an event of a stream whose status is 200. */
  readonly inStream: boolean;
  /** Of such a failure: the status that its code corresponds to. */
  readonly eventStatus?: number;
}
