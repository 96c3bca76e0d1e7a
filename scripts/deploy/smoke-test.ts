import { setTimeout as sleep } from 'node:timers/promises';

/** What `GET /-/health` tells, as far as it is looked at. */
export interface Health {
  readonly status: string;
  readonly version: string;
  readonly region: string | null;
}

export interface SmokeTestOptions {
  /** A new address takes a while until every name server knows it, and old instances answer a little longer. */
  readonly attempts: number;
  readonly pauseMs: number;
}

const ANSWER_TIMEOUT_MS = 15_000;

/**
 * Calls the function through its public URL.
 * @returns what it answered, or what is wrong in words
 */
export async function smokeTest(
  url: string,
  version: string,
  { attempts, pauseMs }: SmokeTestOptions,
): Promise<Health | string> {
  let wrong = '';
  for (let left = attempts; left > 0; left--) {
    const health = await healthAt(url).catch((error: unknown) => reasonOf(error));
    if (typeof health !== 'string' && health.version === version) return health;
    wrong =
      typeof health === 'string'
        ? health
        : `it answers as version ${health.version}, and ${version} was deployed`;
    if (left > 1) await sleep(pauseMs);
  }
  return wrong;
}

async function healthAt(url: string): Promise<Health | string> {
  const response = await fetch(`${url}/-/health`, {
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  const text = await response.text();
  if (response.status !== 200) return `it answers with status ${response.status}`;
  try {
    const health = JSON.parse(text) as Partial<Health> | null;
    if (health?.status === 'ok' && typeof health.version === 'string')
      return { status: health.status, version: health.version, region: health.region ?? null };
  } catch {
    // told below
  }
  return 'what answers is not this proxy';
}

/** Node's fetch says only "fetch failed"; the reason is the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as { readonly message?: unknown; readonly cause?: unknown };
  const { code, message: inner } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return `it does not answer (${String(code ?? inner ?? message)})`;
}
