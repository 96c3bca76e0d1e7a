import { version } from '../../package.json';

/** Defined by the build (scripts/build/source-commit.ts). */
declare const BUNDLED_COMMIT: string | undefined;

export const VERSION = version;

/** The commit that the bundle was built from; `unknown` if the build could not find it, or the code runs unbundled. */
export const COMMIT = typeof BUNDLED_COMMIT === 'undefined' ? 'unknown' : BUNDLED_COMMIT;
