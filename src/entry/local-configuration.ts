import { effectiveText } from '../config/effective-value';
import type * as ConfigFileModule from '../config/file/config-file';
import { FileConfiguration, withFile } from '../config/file-configuration';
import { localEnvironment, personalKeysNote } from '../config/local-environment';
import { packagedConfig } from '../config/packaged';
import { ConfigError } from '../config/read-config';
import { VARIABLES } from '../config/variables';
import { errorCode } from '../errors/node-errors';
import { startConfiguration, type StartConfiguration } from './configuration';
import { applyTakeOver } from './take-over';

/**
 * The environment, what a user of this machine keeps in `.env`, and the file of `CONFIG_FILE`.
 * @param say prints a note for the operator
 * @throws ConfigError if there is nothing that reads the file
 */
export function localConfiguration(say: (note: string) => void): StartConfiguration {
  const packaged = packagedConfig();
  const withoutFile = localEnvironment(process.env, process.cwd(), packaged);
  const path = effectiveText(VARIABLES.configFile, withoutFile.environment, packaged);
  if (path === '') {
    const { environment, personalKeys } = withoutFile;
    sayNote(personalKeys, say);
    return startConfiguration(environment, packaged);
  }
  const { ConfigFile } = configFileModule();
  const file = new ConfigFile(path);
  // The file may have the access tokens that make a personal key one of the server.
  const merged = withFile(withoutFile.environment, packaged, file.first.variables ?? {});
  const { environment, personalKeys } = localEnvironment(process.env, process.cwd(), merged);
  sayNote(personalKeys, say);
  let configuration: FileConfiguration | undefined;
  return {
    environment,
    read() {
      configuration = new FileConfiguration(environment, packaged, file.first);
      return configuration.config;
    },
    follow(target) {
      file.follow((table) => {
        if (configuration) applyTakeOver(configuration.takeOver(table), 'configuration file', target);
      });
      if (process.platform !== 'win32') process.on('SIGHUP', () => void file.reread());
      return undefined;
    },
  };
}

function sayNote(personalKeys: readonly string[], say: (note: string) => void): void {
  const note = personalKeysNote(personalKeys);
  if (note !== undefined) say(note);
}

/**
 * A file beside the bundle, or code inside it: see scripts/build/build.ts.
 * @throws ConfigError if this is a build for SCF, which has neither
 */
function configFileModule(): typeof ConfigFileModule {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the start waits for it
    return require('../config/file/config-file') as typeof ConfigFileModule;
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new ConfigError([
      'CONFIG_FILE needs config-file.js beside the bundle, which a build for SCF does not have. Run "npm run build", and copy all of dist/scf.',
    ]);
  }
}
