import { ProxyError } from '../../errors/proxy-error';
import { DenseList, type Entry } from './dense-list';

/** A body slower than this, in bytes a second, claims only what it has received while others wait. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;
/** A body slower than this has stalled. */
const STALLED_BYTES_PER_SECOND = 4 * 1024;

/** In ms. */
export interface ReaderTimes {
  /** The time over which the speed of a body is measured. */
  readonly paceMs: number;
  /** How long a body may stall while others wait for room. */
  readonly maxStallMs: number;
}

/** A body that is being read. */
export interface Reader {
  /** Bytes received. */
  readonly filledBytes: number;
  /** Releases what it has claimed and not filled. */
  shrink(): void;
  /** Ends the request. */
  fail(failure: ProxyError): void;
}

/** A reader in the list, and its bytes when its speed was last measured; nothing is measured while no body waits. */
export interface ReaderEntry extends Entry {
  readonly reader: Reader;
  bytes: number;
  /** 0 if it was not measured yet. */
  atMs: number;
  /** When it was last faster than the stall limit. */
  movedAtMs: number;
}

/**
 * The bodies that are being read. A slow client must not keep room from others for a length that it has only announced.
 */
export class BodyReaders {
  readonly #entries = new DenseList<ReaderEntry>();

  constructor(private readonly times: ReaderTimes) {}

  add(reader: Reader): ReaderEntry {
    return this.#entries.add({ place: -1, reader, bytes: 0, atMs: 0, movedAtMs: 0 });
  }

  remove(entry: ReaderEntry): void {
    this.#entries.remove(entry);
  }

  /** Reduces the claims of slow readers and ends stalled ones; to be called while other bodies wait. */
  limitSlow(nowMs: number): void {
    for (const pace of this.#entries.all()) {
      if (pace.atMs === 0) {
        pace.bytes = pace.reader.filledBytes;
        pace.atMs = nowMs;
        pace.movedAtMs = nowMs;
      }
      if (nowMs - pace.atMs < this.times.paceMs) continue;
      const seconds = (nowMs - pace.atMs) / 1_000;
      const { reader } = pace;
      const bytes = reader.filledBytes - pace.bytes;
      if (bytes < SLOW_BYTES_PER_SECOND * seconds) reader.shrink();
      if (bytes >= STALLED_BYTES_PER_SECOND * seconds) pace.movedAtMs = nowMs;
      pace.bytes = reader.filledBytes;
      pace.atMs = nowMs;
      if (nowMs - pace.movedAtMs >= this.times.maxStallMs) reader.fail(new ProxyError('request-timeout'));
    }
  }
}
