import { setTimeout as sleep } from 'node:timers/promises';

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
  /** How the URL is called, if not by `fetch`. */
  readonly get?: ((url: string) => Promise<{ readonly status: number; readonly text: string }>) | undefined;
}

const RESPONSE_TIMEOUT_MS = 15_000;

/**
 * Calls the function through its public URL.
 * @param expected `undefined` if any version may respond
 * @returns its response, or what is wrong in words
 */
export async function smokeTest(
  url: string,
  expected: Release | undefined,
  { attempts, pauseMs, get = getByFetch }: SmokeTestOptions,
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

async function getByFetch(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
  });
  return { status: response.status, text: await response.text() };
}

async function healthAt(url: string, get: NonNullable<SmokeTestOptions['get']>): Promise<Health | string> {
  const { status, text } = await get(`${url}/-/health`);
  if (status !== 200) return `it responds with status ${status}`;
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

/** Node's fetch says only "fetch failed"; the reason is the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: unknown; readonly cause?: unknown };
  const { code, message: inner } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return `it does not respond (${String(code ?? inner ?? message)})`;
}
