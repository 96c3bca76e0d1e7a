import type { Variable } from './variables';

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The source of a variable's value. */
export type Source = 'environment' | 'configuration file' | 'default';

/** A variable's effective text. Empty counts as not set: deploy tools write `''` for missing variables. */
export function effectiveText(
  row: Pick<Variable<unknown>, 'name' | 'alias' | 'fallback'>,
  environment: Environment,
  packaged: Environment = {},
): string {
  return effectiveValue(row, environment, packaged).text;
}

/** The same, with its source. */
export function effectiveValue(
  row: Pick<Variable<unknown>, 'name' | 'alias' | 'fallback'>,
  environment: Environment,
  packaged: Environment,
): { readonly text: string; readonly source: Source } {
  const names = row.alias === undefined ? [row.name] : [row.name, row.alias];
  const sources = [
    ['environment', environment],
    ['configuration file', packaged],
  ] as const;
  for (const [source, variables] of sources) {
    for (const name of names) {
      const text = variables[name]?.trim();
      if (text !== undefined && text !== '') return { text, source };
    }
  }
  return { text: row.fallback, source: 'default' };
}

/** Whether a variable is set at all, even to its default. */
export function isSet(
  row: Pick<Variable<unknown>, 'name' | 'alias'>,
  environment: Environment,
  packaged: Environment,
): boolean {
  return effectiveText({ ...row, fallback: '' }, environment, packaged) !== '';
}
