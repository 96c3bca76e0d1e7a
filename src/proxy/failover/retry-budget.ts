import type { Attempt } from './attempt';
import { MAX_KEYS_ASKED } from './foreign-object';
import type { KeyPool } from '../keys/key-pool';

/** For a client's joined keys: one client's request must not become many. */
const MAX_CLIENT_RETRIES = 3;
/** For a model that no key is permitted to use; later requests try other keys first. */
const MAX_PERMISSION_RETRIES = 4;

/** How often one request may be sent again, by the reason for it. Each key is tried at most once anyway. */
export class RetryBudget {
  #left: number;
  #permissions = MAX_PERMISSION_RETRIES;
  #upstream: number;
  /** SDKs do not repeat a stream whose status was 200, so an overloaded provider is tried again once in their place. */
  #streams = 1;
  #owners = MAX_KEYS_ASKED - 1;

  constructor(pool: Pick<KeyPool, 'owner' | 'keys'>, retryUpstreamErrors: boolean) {
    this.#left = pool.owner === 'client' ? MAX_CLIENT_RETRIES : pool.keys.length;
    this.#upstream = retryUpstreamErrors ? 1 : 0;
  }

  /** Whether the request may be sent again after what came of an attempt; counts it if so. */
  allows({ classification, inStream }: Pick<Attempt, 'classification' | 'inStream'>): boolean {
    if (this.#left <= 0) return false;
    switch (classification.kind) {
      case 'invalid':
      case 'out-of-credit':
      case 'rate-limited':
        this.#left--;
        return true;
      case 'not-permitted':
        if (this.#permissions-- <= 0) return false;
        this.#left--;
        return true;
      case 'unavailable':
        return inStream ? this.#streams-- > 0 : this.allowsUpstream();
      case 'ok':
      case 'egress-refused':
        return false;
    }
  }

  /** Whether it may be sent again after a key did not know what it names; counts it if so. */
  allowsOtherOwner(): boolean {
    return this.#owners-- > 0;
  }

  /** Whether it may be sent again after the provider itself failed; counts it if so. */
  allowsUpstream(): boolean {
    return this.#upstream-- > 0;
  }
}
