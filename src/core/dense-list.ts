/** An entry of a list; `place` is where it stands, -1 where it does not any more. */
export interface Entry {
  place: number;
}

/**
 * A list that is added to and taken from with every request. Not a `Set`: one that is added to and deleted from for ever
 * leaves a chain of dead tables behind, which keeps dead requests alive until the next major collection.
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

  /** The last one takes its place. */
  remove(entry: T): void {
    if (entry.place === -1) return;
    const last = this.#entries.pop();
    if (last && last !== entry) {
      last.place = entry.place;
      this.#entries[entry.place] = last;
    }
    entry.place = -1;
  }

  /** As it is now: what is added or removed meanwhile changes nothing. */
  all(): T[] {
    return [...this.#entries];
  }
}
