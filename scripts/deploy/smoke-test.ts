import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../../src/errors/node-errors';
import { platformRemedy } from '../shared/platform-statuses';
import { httpGet, type HttpGet } from './http-get';

/** The fields of `GET /-/health` that are checked. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly commit: string;
  readonly region: string | null;
}

/** Which build is expected: an old instance may still respond after a deployment. */
export type Release = Pick<Health, 'version' | 'commit'>;

export interface SmokeTestOptions {
  /** DNS needs some time for a new host name, and old instances respond for a while after a deployment. */
  readonly attempts: number;
  readonly pauseMs: number;
  /** How the URL is called, if not directly. */
  readonly get?: HttpGet | undefined;
}

/**
 * Calls the function through its public URL.
 * @param expected `undefined` if any version may respond
 * @returns its response, or what is wrong in words
 */
export async function smokeTest(
  url: string,
  expected: Release | undefined,
  { attempts, pauseMs, get = httpGet() }: SmokeTestOptions,
): Promise<Health | string> {
  let wrong = '';
  for (let left = attempts; left > 0; left--) {
    const health = await healthAt(url, get).catch((error: unknown) => reasonOf(error));
    if (typeof health !== 'string' && (!expected || isSameRelease(health, expected))) return health;
    wrong =
      typeof health === 'string'
        ? health
        : `it responds with ${describeRelease(health)}, but ${describeRelease(expected ?? health)} was deployed`;
    if (left > 1) await sleep(pauseMs);
  }
  return wrong;
}

export function describeRelease({ version, commit }: Release): string {
  return `version ${version} (commit ${commit})`;
}

function isSameRelease(one: Release, other: Release): boolean {
  return one.version === other.version && one.commit === other.commit;
}

async function healthAt(url: string, get: HttpGet): Promise<Health | string> {
  const { status, text } = await get(`${url}/-/health`);
  if (status !== 200) {
    const platform = platformRemedy(status)?.replace(/\.$/, '');
    return `it responds with status ${status}${platform === undefined ? '' : ` (SCF’s own: ${platform})`}`;
  }
  try {
    const health = JSON.parse(text) as Partial<Health> | null;
    if (health?.status === 'ok' && typeof health.version === 'string') {
      // Version 0.1.0 reports no commit.
      const { version, commit = 'unknown', region = null } = health;
      return { status: 'ok', version, commit, region };
    }
  } catch {
    // reported below
  }
  return 'the response is not from this proxy';
}

function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return code === 'ABORT_ERR'
    ? 'it does not respond in time'
    : `it does not respond (${code || String(error)})`;
}
