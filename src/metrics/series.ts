/** What all further series of a metric are counted under, once it has as many as it may have. */
export const OTHER = 'other';

/** More series than the labels of this proxy can sensibly have; each is a line of the page, or some twenty. */
export const MAX_SERIES = 1_000;

/** Values of one metric by the values of its labels, which never become more than the maximum and one. */
export class Series<T> {
  readonly #byKey = new Map<string, { readonly labels: readonly string[]; readonly value: T }>();

  /** @param make makes the value of a new series */
  constructor(
    private readonly make: () => T,
    private readonly maximum = MAX_SERIES,
  ) {}

  /** @param labels in the order of the metric's label names, none with a line break */
  at(labels: readonly string[]): T {
    const key = labels.join('\n');
    const known = this.#byKey.get(key);
    if (known) return known.value;
    if (this.#byKey.size >= this.maximum && labels.some((label) => label !== OTHER))
      return this.at(labels.map(() => OTHER));
    const value = this.make();
    this.#byKey.set(key, { labels, value });
    return value;
  }

  all(): Iterable<{ readonly labels: readonly string[]; readonly value: T }> {
    return this.#byKey.values();
  }
}

/** A sum that only grows. */
export class Sum {
  value = 0;
}

/** How many values were at most each bound, and their sum. */
export class Histogram {
  /** For each bound how many values were above the one before and at most this one; the last for those above all. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(readonly bounds: readonly number[]) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    const found = this.bounds.findIndex((bound) => value <= bound);
    const at = found === -1 ? this.bounds.length : found;
    this.counts[at] = (this.counts[at] ?? 0) + 1;
    this.sum += value;
    this.count++;
  }
}
