import { spawnSync } from 'node:child_process';

/** The value for a commit that cannot be found. */
export const UNKNOWN_COMMIT = 'unknown';

const HASH = /^[0-9a-f]{12,64}$/;

/**
 * The commit of the sources: 12 digits of its hash, with `-dirty` if a file that git tracks has changed since; `unknown`
 * without a repository, as in a Docker build or a downloaded archive.
 * @param root the project's folder. A repository around it is another project's, so its commit says nothing
 * @param given `SOURCE_COMMIT`, for builds that have no repository; it overrides git
 * @throws Error if `given` is not the hash of a commit
 */
export function sourceCommit(root: string, given = ''): string {
  if (given !== '') return shortened(given);
  const [prefix, hash = ''] =
    git(root, ['rev-parse', '--show-prefix', '--short=12', 'HEAD'])?.split('\n') ?? [];
  if (prefix !== '' || !HASH.test(hash)) return UNKNOWN_COMMIT;
  // Without optional locks: a build must not write to the repository.
  const changes = git(root, ['--no-optional-locks', 'status', '--porcelain', '--untracked-files=no']);
  return changes === '' ? hash : `${hash}-dirty`;
}

function shortened(given: string): string {
  const [, hash, dirty = ''] = /^([0-9a-f]{12})[0-9a-f]{0,52}(-dirty)?$/.exec(given) ?? [];
  if (hash === undefined) {
    throw new Error(
      'SOURCE_COMMIT must be the hash of a commit, of 12 hexadecimal digits or more: "git rev-parse --short=12 HEAD" prints one.',
    );
  }
  return hash + dirty;
}

/** What git prints; `undefined` if it fails or is not installed. */
function git(root: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout : undefined;
}
