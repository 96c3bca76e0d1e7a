import type { Environment } from '../config';

/** Put here by the build, from `config/*.yaml` and `config/*.json` (scripts/build/config-files.ts). */
declare const PACKAGED_CONFIG: Environment | undefined;

/** What the package's own configuration files set; nothing where the code runs unbundled. */
export function packagedConfig(): Environment {
  return typeof PACKAGED_CONFIG === 'undefined' ? {} : PACKAGED_CONFIG;
}
