/**
 * What the bench measured of the built bundle, on one core of its machine. Copied by hand from
 * `npm run bench:growth` (the curve of open streams), so that the estimate in the documents changes only with a commit.
 */
export interface Figures {
  readonly measured: string;
  /** CPU of a streamed request without its chunks. */
  readonly cpuMicrosPerRequest: number;
  /** CPU of one SSE event that is relayed at a language model's pace: the median of the points from 10 to 500 streams. */
  readonly cpuMicrosPerChunk: number;
  /**
   * Resident memory of the whole process, Node's own program file included, with no stream open. In MiB, which is what
   * SCF calls MB.
   */
  readonly residentMegabytes: number;
  /** Resident memory for each of the first hundred open streams; further ones take less. */
  readonly residentMegabytesPerStream: number;
}

export const FIGURES: Figures = {
  measured: '2026-11-30',
  cpuMicrosPerRequest: 190,
  cpuMicrosPerChunk: 47,
  residentMegabytes: 70,
  residentMegabytesPerStream: 0.146,
};
