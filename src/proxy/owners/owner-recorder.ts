import { headerIn, type RawHeaders } from '../../http/filter-headers';
import { HeadTap, idsInHeaders } from './head-ids';
import type { KeptObjects } from './kept-objects';
import type { ResourceOwners } from './resource-owners';

/** The parts of a response that show which objects its key has. */
interface ResponseHead {
  readonly statusCode?: number | undefined;
  /** Not Node's `headers`, which it makes of these when they are first read. */
  readonly rawHeaders: RawHeaders;
}

/** Finds and records the owners of the stored objects that one request names. */
export class OwnerRecorder {
  #kept: KeptObjects | undefined;

  constructor(
    private readonly owners: ResourceOwners,
    private readonly poolName: string,
    kept: KeptObjects,
  ) {
    this.#kept = kept;
  }

  /** Whether the request names any such object; takes a search, so it is read only after an error response. */
  get namesObject(): boolean {
    return (this.#kept?.allIds().length ?? 0) > 0;
  }

  /** The fingerprint of the key that made the object that the request names, if known; waits for 50 ms at most. */
  owner(): string | undefined | Promise<string | undefined> {
    const kept = this.#kept;
    return kept && this.owners.find(this.poolName, this.owners.knowsObjects ? kept.allIds() : kept.ids);
  }

  /**
   * Records the objects that a response proves to exist.
   * @param fingerprint of the key that was used
   * @returns a tap for its first bytes, if they may name something new
   */
  record(
    { statusCode = 502, rawHeaders }: ResponseHead,
    fingerprint: string | undefined,
  ): HeadTap | undefined {
    const kept = this.#kept;
    if (!kept || statusCode < 200 || statusCode > 299 || fingerprint === undefined) return undefined;
    const record = (id: string) => {
      this.owners.record(this.poolName, id, fingerprint);
    };
    kept.verified.forEach(record);
    if (!kept.makes) return undefined;
    idsInHeaders(rawHeaders).forEach(record);
    return new HeadTap(headerIn(rawHeaders, 'content-encoding') ?? '', record);
  }

  /** The request is not sent again: releases the references to its body. */
  release(): void {
    this.#kept = undefined;
  }
}
