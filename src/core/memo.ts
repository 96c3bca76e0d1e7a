/** Most requests are for a handful of paths. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_LENGTH = 256;

/**
 * Remembers what a pure function makes of texts from outside, as paths. The memory is bounded, in texts and in their
 * length; once it is full it begins anew.
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
