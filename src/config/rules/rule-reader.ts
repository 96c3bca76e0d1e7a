import type { MemberTexts } from '../../transforms/set-members';

/** Reads the fields of one rule, and reports every problem; with a problem what it returns has no meaning. */
export class RuleReader {
  /** Whether it is a table at all. */
  readonly isTable: boolean;
  readonly #fields: ReadonlyMap<string, unknown>;

  /** @param place what problems call the rule: no value of it, which may be a secret in the wrong place */
  constructor(
    entry: unknown,
    private readonly place: string,
    private readonly problems: string[],
  ) {
    this.isTable = isTable(entry);
    this.#fields = new Map(isTable(entry) ? Object.entries(entry) : []);
    if (!this.isTable) this.report('must be a table, as {"model": "o3*", "drop": ["temperature"]}.');
  }

  /** @param problem a phrase that follows the rule's place */
  report(problem: string): void {
    this.problems.push(`${this.place} ${problem}`);
  }

  checkFields(known: readonly string[]): void {
    if ([...this.#fields.keys()].some((field) => !known.includes(field)))
      this.report(`has a field that no rule has. The fields are ${known.join(', ')}.`);
  }

  has(field: string): boolean {
    return this.#fields.has(field);
  }

  /** @param form what a wrong value must be instead */
  text(field: string, pattern: RegExp, form: string): string | undefined {
    const texts = this.texts(field, pattern, form);
    if (texts && texts.length > 1) this.#wrong(field, form);
    return texts?.[0];
  }

  /** One text or a list of them; a number counts as it is written. */
  texts(field: string, pattern: RegExp, form: string): readonly string[] | undefined {
    if (!this.has(field)) return undefined;
    const value = this.#fields.get(field);
    const texts = (Array.isArray(value) ? value : [value]).map(textOf);
    const valid = texts.filter((text) => text !== undefined && pattern.test(text));
    if (texts.length === 0 || valid.length < texts.length) this.#wrong(field, form);
    return valid.filter((text) => text !== undefined);
  }

  integer(field: string, min: number, max: number): number | undefined {
    const text = this.text(field, /^\d{1,15}$/, `must be a whole number from ${min} to ${max}`);
    if (text === undefined) return undefined;
    if (Number(text) < min || Number(text) > max)
      this.#wrong(field, `must be a whole number from ${min} to ${max}`);
    return Number(text);
  }

  oneOf<T extends string>(field: string, values: readonly T[]): T | undefined {
    if (!this.has(field)) return undefined;
    const found = values.find((value) => value === this.#fields.get(field));
    if (found === undefined) this.#wrong(field, `must be one of: ${values.join(', ')}`);
    return found;
  }

  /** A table of texts by their names. */
  table(field: string, form: string): readonly (readonly [name: string, text: string])[] | undefined {
    const entries = this.#entries(field, form);
    const texts = entries?.map(([name, value]) => [name, textOf(value) ?? ''] as const);
    if (texts?.some(([, text]) => text === '') === true) this.#wrong(field, form);
    return texts;
  }

  /** A table of values by the names of members, as JSON. */
  members(field: string): MemberTexts | undefined {
    const entries = this.#entries(field, 'must be a table of members and their values');
    return entries && new Map(entries.map(([name, value]) => [name, JSON.stringify(value)]));
  }

  #entries(field: string, form: string): readonly (readonly [name: string, value: unknown])[] | undefined {
    if (!this.has(field)) return undefined;
    const value = this.#fields.get(field);
    const entries = isTable(value) ? Object.entries(value) : [];
    if (entries.length === 0) this.#wrong(field, form);
    return entries;
  }

  #wrong(field: string, form: string): void {
    this.report(`has a wrong ${field}: it ${form}.`);
  }
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What YAML takes for a number or a word of its own may be meant as a name. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
