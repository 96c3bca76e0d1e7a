/** An entry of a list; `place` is its index, -1 if it is not in the list any more. */
export interface Entry {
  place: number;
}

/**
 * A list that changes with every request. Not a `Set`: repeated additions and deletions leave a chain of old hash tables
 * behind, which keeps finished requests alive until the next major collection.
 */
export class DenseList<T extends Entry> {
  readonly #entries: T[] = [];

  get length(): number {
    return this.#entries.length;
  }

  add(entry: T): T {
    entry.place = this.#entries.push(entry) - 1;
    return entry;
  }

  /** The last entry takes the place of the removed one. */
  remove(entry: T): void {
    if (entry.place === -1) return;
    const last = this.#entries.pop();
    if (last && last !== entry) {
      last.place = entry.place;
      this.#entries[entry.place] = last;
    }
    entry.place = -1;
  }

  /** A copy, so that changes during an iteration have no effect on it. */
  all(): T[] {
    return [...this.#entries];
  }
}
