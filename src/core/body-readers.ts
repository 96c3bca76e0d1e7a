import { ProxyError } from '../errors';
import { DenseList, type Entry } from './dense-list';

/** A body that comes more slowly than this, in bytes a second, claims only what has come while others wait. */
const SLOW_BYTES_PER_SECOND = 256 * 1024;
/** ... and one that comes more slowly than this has stalled. */
const STALLED_BYTES_PER_SECOND = 4 * 1024;

/** In ms. */
export interface ReaderTimes {
  /** Over how long the speed of a body is measured. */
  readonly paceMs: number;
  /** How long a body may stall while others wait for room. */
  readonly maxStallMs: number;
}

/** A body that is being read. */
export interface Reader {
  /** Bytes that have come. */
  readonly filledBytes: number;
  /** Gives back what it has claimed and not filled. */
  shrink(): void;
  /** Ends it. */
  fail(failure: ProxyError): void;
}

/** A reader in the list, and what it had read when its speed was measured last; nothing is measured while nobody waits. */
export interface ReaderEntry extends Entry {
  readonly reader: Reader;
  bytes: number;
  /** 0 where it was not measured yet. */
  atMs: number;
  /** When it had not stalled yet. */
  movedAtMs: number;
}

/**
 * The bodies that are being read. A client that sends slowly must not keep room from others by the length that it has
 * only announced.
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

  /** To be called while others wait. */
  press(nowMs: number): void {
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
