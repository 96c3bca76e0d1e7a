/** Most requests are for a handful of paths. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_LENGTH = 256;

/**
 * Caches the results of a pure function of untrusted strings, such as paths. The cache is bounded, in entries and in
 * their length; it is cleared when it is full.
 */
export class Memo<T> {
  readonly #known = new Map<string, T>();

  constructor(private readonly make: (text: string) => T) {}

  get size(): number {
    return this.#known.size;
  }

  of(text: string): T {
    const before = this.#known.get(text);
    if (before !== undefined) return before;
    const made = this.make(text);
    if (text.length > MAX_REMEMBERED_LENGTH) return made;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(text, made);
    return made;
  }

  has(text: string): boolean {
    return this.#known.has(text);
  }
}
