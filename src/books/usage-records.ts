import type { BookFilter, BookRow } from './book-rows';

/** What requests have used, as far as it is known where it is kept. */
export interface UsageRecords {
  /** Whose requests they are. */
  readonly scope: 'this instance' | 'all instances';
  /** Unix time in ms from which all requests are known. */
  readonly sinceMs: number;
  /** Where prices come from, for a person. */
  readonly pricesNote: string;
  /** Where the sums are from and how far they go, for a person. */
  readonly note: string;
  rows(filter?: BookFilter): readonly BookRow[];
}
