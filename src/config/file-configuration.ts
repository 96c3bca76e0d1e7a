import { effectiveText, isSet, type Environment } from './effective-value';
import type { FileTable } from './file/parse-table';
import { variableRows } from './provider-variables';
import { ConfigError, customProvidersOf, readConfig, type Config } from './read-config';
import { VARIABLES } from './variables';

/** What the process does once, at its start. */
const AT_START_ONLY = [
  VARIABLES.port, // it listens there
  VARIABLES.host,
  VARIABLES.redisUrl, // running requests settle their accounts there
  VARIABLES.webSockets, // the server takes upgrades, or does not
  VARIABLES.prices, // sums of money are counted by them
  VARIABLES.configSecret, // whether anything is followed is decided there
  VARIABLES.bodyMemoryBytes, // bodies of running requests count in it
];

/** The variables of `CONFIG_FILE` that have an effect only with the next start. */
export const RESTART_VARIABLES: readonly string[] = AT_START_ONLY.map(({ name }) => name);

/** What became of a new content of the file. */
export type TakeOver =
  /** Nothing changes; one line a problem, with its variable and the remedy. */
  | { readonly kind: 'rejected'; readonly problems: readonly string[] }
  | {
      readonly kind: 'taken';
      /** `undefined` if nothing that has an effect now has changed. */
      readonly config: Config | undefined;
      /** The names of the variables that have other values now. */
      readonly changed: readonly string[];
      /** Those that will have other values after a restart. */
      readonly needRestart: readonly string[];
    };

/** The configuration of which a file is a part: above the packaged one, below the environment. */
export class FileConfiguration {
  readonly config: Config;
  /** What the file said at the start, and the variables that are in effect now. */
  readonly #first: Environment;
  #variables: Environment;

  /** @throws ConfigError with every problem */
  constructor(
    private readonly environment: Environment,
    private readonly packaged: Environment,
    first: FileTable,
  ) {
    this.#first = first.variables ?? {};
    this.#variables = withFile(environment, packaged, this.#first);
    const read = this.#read(first, this.#variables);
    if ('problems' in read) throw new ConfigError(read.problems);
    this.config = read.config;
  }

  /** Takes a new content over as a whole, or rejects it as a whole. */
  takeOver(table: FileTable): TakeOver {
    const wanted = withFile(this.environment, this.packaged, table.variables ?? {});
    const checked = this.#read(table, wanted);
    if ('problems' in checked) return { kind: 'rejected', problems: checked.problems };
    const before = this.#variables;
    const now = withFile(this.environment, this.packaged, this.#withoutRestart(table.variables ?? {}));
    const read = this.#read(table, now);
    if ('problems' in read) return { kind: 'rejected', problems: read.problems };
    this.#variables = now;
    const changed = this.#differences(before, now);
    return {
      kind: 'taken',
      config: changed.length > 0 ? read.config : undefined,
      changed,
      needRestart: this.#differences(now, wanted),
    };
  }

  #read(
    { variables, problems }: FileTable,
    packaged: Environment,
  ): { readonly config: Config } | { readonly problems: readonly string[] } {
    if (!variables) return { problems };
    try {
      const config = readConfig(this.environment, packaged);
      return problems.length > 0 ? { problems } : { config };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { problems: [...problems, ...error.problems] };
    }
  }

  /** The file's variables, with what needs a restart as it was at the start. */
  #withoutRestart(variables: Environment): Environment {
    const kept = Object.fromEntries(RESTART_VARIABLES.map((name) => [name, this.#first[name] ?? '']));
    return { ...variables, ...kept };
  }

  /** The names of the variables whose effective values differ. */
  #differences(one: Environment, other: Environment): string[] {
    const rows = [one, other].flatMap((packaged) =>
      variableRows(customProvidersOf(this.environment, packaged)),
    );
    const different = rows.filter(
      (row) => effectiveText(row, this.environment, one) !== effectiveText(row, this.environment, other),
    );
    return [...new Set(different.map(({ name }) => name))];
  }
}

/** The packaged variables with those of the file above them; an empty one counts as not set. */
export function withFile(environment: Environment, packaged: Environment, file: Environment): Environment {
  const isIn = (name: string) => isSet({ name }, file, {});
  const set = Object.fromEntries(Object.entries(file).filter(([name]) => isIn(name)));
  const merged: Record<string, string | undefined> = { ...file, ...packaged, ...set };
  for (const { name, alias } of variableRows(customProvidersOf(environment, merged))) {
    // The name that the file does not use must not bring the packaged value back.
    if (alias !== undefined && (isIn(name) || isIn(alias)))
      for (const one of [name, alias]) if (!isIn(one)) merged[one] = '';
  }
  return merged;
}
