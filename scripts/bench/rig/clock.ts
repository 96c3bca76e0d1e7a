/** Milliseconds of a clock that is the same in every process of this machine, and is never set back. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
