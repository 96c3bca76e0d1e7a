import { HeadTap, idsInHeaders } from './head-ids';
import type { KeptObjects } from './kept-objects';
import type { ResourceOwners } from './resource-owners';
import type { UpstreamAnswer } from './answer';

/** What one request has to do with objects that its provider keeps, and where it is remembered whose they are. */
export class OwnerRecorder {
  #kept: KeptObjects | undefined;

  constructor(
    private readonly owners: ResourceOwners,
    private readonly poolName: string,
    kept: KeptObjects,
  ) {
    this.#kept = kept;
  }

  /** Whether the request names any such object; found by a search, so only an error response asks for it. */
  get namesObject(): boolean {
    return (this.#kept?.allIds().length ?? 0) > 0;
  }

  /** The fingerprint of the key that made what the request names, as far as it is known; waits for 50 ms at most. */
  owner(): string | undefined | Promise<string | undefined> {
    const kept = this.#kept;
    return kept && this.owners.find(this.poolName, this.owners.knowsObjects ? kept.allIds() : kept.ids);
  }

  /**
   * Remembers what a response proves.
   * @param fingerprint of the key that was used
   * @returns a tap for its first bytes, if they may name something new
   */
  record(
    { statusCode = 502, headers }: UpstreamAnswer,
    fingerprint: string | undefined,
  ): HeadTap | undefined {
    const kept = this.#kept;
    if (!kept || statusCode < 200 || statusCode > 299 || fingerprint === undefined) return undefined;
    const learn = (id: string) => {
      this.owners.learn(this.poolName, id, fingerprint);
    };
    kept.proven.forEach(learn);
    if (!kept.makes) return undefined;
    idsInHeaders(headers).forEach(learn);
    return new HeadTap(headers['content-encoding'] ?? '', learn);
  }

  /** The request is not sent again: what is known of its body is released. */
  release(): void {
    this.#kept = undefined;
  }
}
