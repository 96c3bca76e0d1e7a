import type { Environment } from './effective-value';

/** Defined by the build, from `config/*.yaml` and `config/*.json` (scripts/build/config-files.ts). */
declare const PACKAGED_CONFIG: Environment | undefined;

/** The variables from the package's configuration files; none if the code runs unbundled. */
export function packagedConfig(): Environment {
  return typeof PACKAGED_CONFIG === 'undefined' ? {} : PACKAGED_CONFIG;
}
