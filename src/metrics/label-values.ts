import { OTHER } from './series';

export const MAX_VALUES = 100;
/** Longer ones are cut: a label is a name. */
const MAX_CHARACTERS = 100;
/** A model's name that is longer is not remembered. */
const MAX_RAW_CHARACTERS = 400;

/** The values that one label has, each cleaned once: the first hundred, and `other` for all that come later. */
export class LabelValues {
  readonly #values = new Map<string, string>();

  /** @param clean takes out what is secret, and what no log may have */
  constructor(private readonly clean: (text: string) => string) {}

  /**
   * @param mayAdd whether it may become one of the hundred: not if only a client says that there is such a thing, or names
   * that it invents would take the places of real ones
   * @returns '' for `undefined`
   */
  of(raw: string | undefined, mayAdd: boolean): string {
    if (raw === undefined || raw === '') return '';
    const known = this.#values.get(raw);
    if (known !== undefined) return known;
    if (!mayAdd || this.#values.size >= MAX_VALUES || raw.length > MAX_RAW_CHARACTERS) return OTHER;
    const value = this.clean(raw).slice(0, MAX_CHARACTERS);
    this.#values.set(raw, value);
    return value;
  }
}
