import type { Classification } from '../../providers/errors/error-response';
import type { ManagedKey } from './managed-key';

/** The pool, as far as a lease needs it. */
interface ResultRecorder {
  /** @param recovered whether a disabled key has served a request */
  recorded(
    key: ManagedKey,
    scope: string,
    classification: Classification | undefined,
    recovered: boolean,
  ): void;
}

/** A key that one attempt has acquired. Its result is recorded once, and the key is released when the attempt is over. */
export class Lease {
  #recorded = false;
  #open = true;

  constructor(
    readonly poolKey: ManagedKey,
    private readonly scope: string,
    private readonly pool: ResultRecorder,
    /** Whether the key is disabled, and this request tries it because there is no other. */
    private readonly probe: boolean,
  ) {}

  /**
   * Records the classification of the response; `undefined` if there was no response.
   * @param served whether the provider served the request
   */
  record(classification: Classification | undefined, served = false): void {
    if (this.#recorded) return;
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, this.probe && served);
  }

  /** Records a failure that came later in a response that had begun well. */
  recordLate(classification: Classification): void {
    this.#recorded = true;
    this.pool.recorded(this.poolKey, this.scope, classification, false);
  }

  /** Releases the key, without a classification if none was recorded. */
  release(): void {
    this.record(undefined);
    if (!this.#open) return;
    this.#open = false;
    this.poolKey.open--;
  }
}
