import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../src/config/effective-value';
import { ConfigError, readConfig } from '../../src/config/read-config';
import { readConfigFiles } from '../build/config-files';
import type { buildScf } from '../build/build';
import { readConnection, type Connection } from './connection';
import { DeployError } from './deploy-error';
import { checkConnection, preflight, type Bundle } from './preflight';
import { readServerlessFile, type FunctionSettings } from './serverless-file';
import { newestOf } from './sources';
import { zipFolder, type CodePackage } from './zip';

/** The sources of the bundle. */
const SOURCES = ['src', 'config', 'scripts/build', 'package.json'];

export interface Prepared {
  readonly settings: FunctionSettings;
  readonly connection: Connection;
  readonly code: CodePackage;
  /** The commit that the package reports; see scripts/build/source-commit.ts. */
  readonly commit: string;
}

export interface PrepareOptions {
  /** Where serverless.yml and config/ are. */
  readonly root: string;
  readonly environment: Environment;
  readonly build: typeof buildScf;
}

/**
 * Reads, builds and checks everything, and sends nothing.
 * @throws DeployError with every problem
 */
export async function prepare({ root, environment, build }: PrepareOptions): Promise<Prepared> {
  const { settings, problems } = readSettings(root, environment);
  const connection = readConnection(environment);
  const configFolder = path.join(root, 'config');
  const folder = path.resolve(root, settings.folder);
  const all = [...problems];
  let bundle: (Bundle & Pick<Prepared, 'code' | 'commit'>) | undefined;
  if (!isInside(path.join(root, 'dist'), folder)) {
    all.push('inputs.src must be a folder inside dist/, such as ./dist/scf: the build empties it.');
  } else {
    try {
      const { commit } = await build(folder, configFolder);
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
  all.push(
    ...preflight({
      settings,
      connection,
      uncheckedTls: uncheckedTls(environment),
      // The region as the function will see it.
      configProblems: configProblems(
        { ...settings.environment, TENCENTCLOUD_REGION: settings.region },
        configFolder,
      ),
      bundle,
    }),
  );
  // A problem in a file of config/ also stops the build, and is then reported twice.
  if (all.length > 0 || !bundle) throw new DeployError([...new Set(all)]);
  return { settings, connection, code: bundle.code, commit: bundle.commit };
}

/** The part of `prepare` that a removal needs. */
export function prepareRemoval({
  root,
  environment,
}: Omit<PrepareOptions, 'build'>): Omit<Prepared, 'code' | 'commit'> {
  const { settings, problems } = readSettings(root, environment);
  const connection = readConnection(environment);
  const all = [
    ...problems,
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
}: Omit<PrepareOptions, 'build'>): Pick<Prepared, 'settings'> {
  const { settings, problems } = readSettings(root, environment);
  if (problems.length > 0) throw new DeployError(problems);
  return { settings };
}

function readSettings(root: string, environment: Environment): ReturnType<typeof readServerlessFile> {
  const file = path.join(root, 'serverless.yml');
  if (!existsSync(file))
    throw new DeployError(['There is no serverless.yml here. Take it from the repository again.']);
  return readServerlessFile(readFileSync(file, 'utf8'), environment);
}

function configProblems(environment: Environment, configFolder: string): readonly string[] {
  try {
    readConfig(environment, readConfigFiles(configFolder));
    return [];
  } catch (error) {
    return problemsOf(error);
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
