import { MAX_MODEL_CHARACTERS, modelNames } from './model-name';
import { parseRates, type Period } from './rates';

/** Names come from outside. */
const MAX_KNOWN = 256;

/** Models by name, some with a `*` at the end for any further characters, and what each costs. */
export class PriceList {
  /** What was asked for before, `null` for what has no price: a function uses few models. */
  readonly #known = new Map<string, readonly Period[] | null>();
  readonly #exact = new Map<string, Entry>();
  /** The longest first. */
  readonly #prefixes: readonly { readonly prefix: string; readonly entry: Entry }[];

  /** @param entries what models cost, by their patterns with a space between */
  constructor(entries: Readonly<Record<string, string>>) {
    const prefixes: { prefix: string; entry: Entry }[] = [];
    for (const [patterns, text] of Object.entries(entries)) {
      const entry = new Entry(text);
      for (const pattern of patterns.split(' ')) {
        if (pattern.endsWith('*')) prefixes.push({ prefix: pattern.slice(0, -1), entry });
        else this.#exact.set(pattern, entry);
      }
    }
    this.#prefixes = prefixes.sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** `undefined` if the model has no price. */
  find(model: string): readonly Period[] | undefined {
    const known = this.#known.get(model);
    if (known !== undefined) return known ?? undefined;
    if (model.length > MAX_MODEL_CHARACTERS) return undefined;
    const found = this.#search(model);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(model, found ?? null);
    return found;
  }

  #search(model: string): readonly Period[] | undefined {
    const names = modelNames(model);
    for (const name of names) {
      const entry = this.#exact.get(name);
      if (entry) return entry.periods;
    }
    const [name] = names;
    return name === undefined
      ? undefined
      : this.#prefixes.find(({ prefix }) => name.startsWith(prefix))?.entry.periods;
  }
}

/** Read when it is first needed. */
class Entry {
  #periods: readonly Period[] | undefined;

  constructor(private readonly text: string) {}

  get periods(): readonly Period[] {
    return (this.#periods ??= parseRates(this.text));
  }
}
