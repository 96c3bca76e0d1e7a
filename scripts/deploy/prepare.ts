import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import { readEnvFile } from '../../src/config/local-environment';
import { ConfigError, readConfig } from '../../src/config/read-config';
import { readConfigFiles } from '../build/config-files';
import type { buildScf } from '../build/build';
import { lacksToken, withToken } from './access-token';
import { readConnection, type Connection } from './connection';
import { DeployError } from './deploy-error';
import { checkConnection, preflight, type Bundle } from './preflight';
import { readServerlessFile, type FunctionSettings } from './serverless-file';
import { newestOf } from './sources';
import { misspeltForCommands, selectVariables } from './variables';
import { zipFolder, type CodePackage } from './zip';

/** The sources of the bundle. */
const SOURCES = ['src', 'config', 'scripts/build', 'package.json'];

export interface Prepared {
  readonly settings: FunctionSettings;
  readonly connection: Connection;
  readonly code: CodePackage;
  /** The commit that the package reports; see scripts/build/source-commit.ts. */
  readonly commit: string;
  /** What is set on this machine and not deployed, each with the reason. */
  readonly notDeployed: readonly string[];
  /** A new access token, which the settings contain, because none is configured. */
  readonly provisionalToken: string | undefined;
  /** Whether the server has keys of its own. */
  readonly hasServerKeys: boolean;
  /** What a token without a limit of its own may spend of them a day, in nano-dollars; `undefined` for any amount. */
  readonly dailyCapNanoUsd?: number | undefined;
}

export interface PrepareOptions {
  /** Where serverless.yml and config/ are. */
  readonly root: string;
  readonly environment: Environment;
  readonly build: typeof buildScf;
  /** Makes an access token if none is configured; if absent, none is made. */
  readonly newToken?: () => string;
  /** Whether variables are deployed that have no line in serverless.yml. */
  readonly allVariables?: boolean;
}

/**
 * Reads, builds and checks everything, and sends nothing.
 * @throws DeployError with every problem
 */
export async function prepare(options: PrepareOptions): Promise<Prepared> {
  const { root, environment, build } = options;
  const configFolder = path.join(root, 'config');
  const { settings, problems, notDeployed, provisionalToken } = readWholeSettings(options, configFolder);
  const connection = readConnection(environment);
  const folder = path.resolve(root, settings.folder);
  const all = [...problems];
  let bundle: (Bundle & Pick<Prepared, 'code' | 'commit'>) | undefined;
  if (!isInside(path.join(root, 'dist'), folder)) {
    all.push('inputs.src must be a folder inside dist/, such as ./dist/scf: the build empties it.');
  } else {
    try {
      const { commit } = await build(folder, configFolder, { configFile: 'nowhere' });
      const code = await zipFolder(folder);
      const builtAtMs = statSync(path.join(folder, 'index.js')).mtimeMs;
      bundle = {
        code,
        commit,
        packageBytes: code.bytes.length,
        builtAtMs,
        newestSource: newestOf(root, SOURCES),
      };
    } catch (error) {
      all.push(...problemsOf(error));
    }
  }
  // The platform's variables as the function will see them.
  const platform = { TENCENTCLOUD_RUNENV: 'SCF', TENCENTCLOUD_REGION: settings.region };
  const seen = { ...settings.environment, ...platform };
  const config = checkConfig(seen, configFolder);
  all.push(
    ...preflight({
      settings,
      connection,
      uncheckedTls: uncheckedTls(environment),
      configProblems: config.problems,
      bundle,
    }),
  );
  // A problem in a file of config/ also stops the build, and is then reported twice.
  if (all.length > 0 || !bundle) throw new DeployError([...new Set(all)]);
  const { hasServerKeys, dailyCapNanoUsd } = config;
  const { code, commit } = bundle;
  const keys = { hasServerKeys, dailyCapNanoUsd };
  return { settings, connection, code, commit, notDeployed, provisionalToken, ...keys };
}

/** The part of `prepare` that a removal needs. */
export function prepareRemoval({
  root,
  environment,
}: Pick<PrepareOptions, 'root' | 'environment'>): Pick<Prepared, 'settings' | 'connection'> {
  const { settings, problems } = readSettings(root, environment);
  const connection = readConnection(environment);
  const all = [
    ...problems,
    ...misspeltForCommands(environment),
    ...checkConnection({ connection, uncheckedTls: uncheckedTls(environment) }).filter(
      (one) => one !== false,
    ),
  ];
  if (all.length > 0) throw new DeployError(all);
  return { settings, connection };
}

/**
 * The settings alone, for a command that sends nothing.
 * @throws DeployError with every problem of the file
 */
export function prepareSettings({
  root,
  environment,
}: Pick<PrepareOptions, 'root' | 'environment'>): Pick<Prepared, 'settings'> {
  const { settings, problems } = readSettings(root, environment);
  if (problems.length > 0) throw new DeployError(problems);
  return { settings };
}

function readSettings(
  root: string,
  environment: Environment,
): ReturnType<typeof readServerlessFile> & { readonly source: string } {
  const file = path.join(root, 'serverless.yml');
  if (!existsSync(file))
    throw new DeployError(['There is no serverless.yml here. Take it from the repository again.']);
  const source = readFileSync(file, 'utf8');
  return { ...readServerlessFile(source, environment), source };
}

/** The settings, with the variables and the access token that the function gets beside those of serverless.yml. */
function readWholeSettings(
  { root, environment, newToken, allVariables = false }: PrepareOptions,
  configFolder: string,
): Pick<Prepared, 'settings' | 'notDeployed' | 'provisionalToken'> & {
  readonly problems: readonly string[];
} {
  const { settings, lines, problems, source } = readSettings(root, environment);
  const described = settings.environment;
  const selected = selectVariables({ source, described, lines, environment, fromFile: readEnvFile(root) });
  const deployed = allVariables ? selected.deployed : described;
  const packaged = packagedIn(configFolder);
  const token = packaged && lacksToken(deployed, packaged) ? newToken?.() : undefined;
  return {
    settings: { ...settings, environment: token === undefined ? deployed : withToken(deployed, token) },
    notDeployed: selected.notDeployed,
    provisionalToken: token,
    problems: [...problems, ...selected.problems],
  };
}

/** `undefined` if they cannot be read, which the build reports. */
function packagedIn(configFolder: string): Environment | undefined {
  try {
    return readConfigFiles(configFolder);
  } catch {
    return undefined;
  }
}

function checkConfig(
  environment: Environment,
  configFolder: string,
): Pick<Prepared, 'hasServerKeys' | 'dailyCapNanoUsd'> & { readonly problems: readonly string[] } {
  try {
    const { apiKeys, dailyCapNanoUsd } = readConfig(environment, readConfigFiles(configFolder));
    const hasServerKeys = [...apiKeys.values()].some((keys) => keys.length > 0);
    return { problems: [], hasServerKeys, dailyCapNanoUsd };
  } catch (error) {
    return { problems: problemsOf(error), hasServerKeys: false };
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}

function uncheckedTls(environment: Environment): boolean {
  return environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0';
}

function isInside(parent: string, folder: string): boolean {
  const relative = path.relative(parent, folder);
  return relative !== '' && relative.split(path.sep)[0] !== '..' && !path.isAbsolute(relative);
}
