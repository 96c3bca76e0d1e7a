import { unknownVariables } from '../../src/config/did-you-mean';
import type { Environment } from '../../src/config/effective-value';
import { variableRows } from '../../src/config/provider-variables';
import { customProvidersOf } from '../../src/config/read-config';

/** For the commands on this machine; the function does not get them. */
const FOR_COMMANDS = [
  'TENCENT_SECRET_ID',
  'TENCENT_SECRET_KEY',
  'TENCENT_TOKEN',
  'TENCENT_APP_ID',
  'TENCENT_ENDPOINT',
  'TENCENT_SCF_ENDPOINT',
  'DOCTOR_TOKEN',
  'DOCTOR_ADMIN_TOKEN',
] as const;
/** The same, of programs that these commands run. */
const OF_OTHERS = /^(?:(?:https?|all|no)_proxy|NODE_\w+|npm_\w+|COMPOSE_\w+|SOURCE_COMMIT|CI)$/i;
/** Keys that read an organisation's bill and manage its members: for `npm run usage -- --reconcile` alone. */
const ADMIN_KEY = /_ADMIN_KEY$/i;

export interface VariableSources {
  /** The text of serverless.yml. */
  readonly source: string;
  /** The variables that it describes, with their values, and the names that have a line there. */
  readonly described: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** What is set on this machine, in the environment and in `.env`. */
  readonly environment: Environment;
  /** The part of it that is in `.env`. */
  readonly fromFile: Environment;
}

export interface SelectedVariables {
  /** What the function gets. */
  readonly deployed: Readonly<Record<string, string>>;
  /** What is set here and not deployed, each with the reason. */
  readonly notDeployed: readonly string[];
  readonly problems: readonly string[];
}

/** Variables that have no effect there, with the reason. */
const NOT_ON_SCF: ReadonlyMap<string, string> = new Map([
  ['PORT', 'SCF expects 9000'],
  ['HOST', 'SCF expects every address'],
  ['CONFIG_FILE', 'a function has no such file'],
  ['SHUTDOWN_DELAY', 'SCF sends nothing to an instance that it ends'],
]);

/**
 * Selects the variables that the function gets: what serverless.yml describes, and every other variable of the proxy that
 * is set on this machine.
 */
export function selectVariables(sources: VariableSources): SelectedVariables {
  const { source, described, lines, environment, fromFile } = sources;
  const rows = variableRows(customProvidersOf(environment));
  const isSetHere = (name: string) => (environment[name] ?? '') !== '';
  const deployed: Record<string, string> = { ...described };
  const notDeployed: string[] = [];
  for (const { name, alias } of rows) {
    const value = environment[name] ?? '';
    if (alias !== undefined && isSetHere(alias) && !Object.hasOwn(described, alias) && value === '') {
      notDeployed.push(`${alias} (to deploy it, name it ${name})`);
    }
    if (value === '' || described[name] === value) continue;
    const reason = NOT_ON_SCF.get(name);
    if (reason !== undefined) notDeployed.push(`${name} (${reason})`);
    else if (lines.includes(name)) notDeployed.push(`${name} (serverless.yml has another value)`);
    else deployed[name] = value;
  }
  const known = rows.flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]));
  const problems = [
    ...unknownVariables(environment, [...known, ...FOR_COMMANDS]),
    ...adminKeysIn(deployed, environment),
  ];
  for (const name of Object.keys(fromFile)) {
    const isKnown = [...known, ...FOR_COMMANDS].includes(name) || OF_OTHERS.test(name);
    const isReported = problems.some((problem) => problem.startsWith(`${name} `));
    if (isSetHere(name) && ADMIN_KEY.test(name)) {
      notDeployed.push(`${name} (an admin key is never deployed: give it to npm run usage alone)`);
    } else if (isSetHere(name) && !isKnown && !isReported && !source.includes(name)) {
      notDeployed.push(`${name} (not a variable of this proxy)`);
    }
  }
  return { deployed, notDeployed, problems };
}

/** The variables of this machine whose name is nearly one of those for the commands: a problem each, with the remedy. */
export function misspeltForCommands(environment: Environment): readonly string[] {
  return unknownVariables(environment, FOR_COMMANDS);
}

/** Admin keys that the function would get, by their name or as the value of another variable. */
function adminKeysIn(
  deployed: Readonly<Record<string, string>>,
  environment: Environment,
): readonly string[] {
  const keys = Object.entries(environment).flatMap(([name, value = '']) =>
    ADMIN_KEY.test(name) && value !== '' ? [value] : [],
  );
  return Object.entries(deployed)
    .filter(([name, value]) => ADMIN_KEY.test(name) || keys.some((key) => value.includes(key)))
    .map(
      ([name]) =>
        `${name} would give the function an admin key, with which anyone who gets hold of it can manage the organisation. Remove it from serverless.yml and .env; give such a key to "npm run usage -- --reconcile" alone.`,
    );
}
