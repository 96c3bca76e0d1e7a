import { member, numberOf, parseJson, textOf } from './json';
import { explainErrorResponse } from './error-response';
import { fail, ok, skipped, warn, type CheckResult, type Finding } from './result';
import { bearer, type Target } from './target';
import { call, type HttpResponse } from './wire';

/** Maximum calls to have every key of a pool used. They list models, which costs nothing. */
const MAX_CALLS = 60;

interface KeyState {
  readonly alias: string;
  readonly state: string;
  readonly why: string;
  readonly requests: number;
}

/** Whether the server's keys are valid: lists models until each key has been used, then reads the keys' states. */
export async function checkKeys(target: Target): Promise<CheckResult[]> {
  const whole = (finding: Finding): CheckResult[] => [{ name: 'keys', ...finding }];
  if (target.adminToken === undefined)
    return whole(skipped('It needs the ADMIN_TOKEN', 'Pass it with --admin-token.'));
  const response = await readKeys(target);
  if (response.status === 404)
    return whole(skipped('There is no ADMIN_TOKEN on the server', 'Set ADMIN_TOKEN, and deploy again.'));
  if (response.status !== 200) return whole(explainErrorResponse('GET /-/keys', response));
  const pools = poolsIn(response);
  if (pools.size === 0) return whole(skipped('The server has no keys; clients send their own'));
  const results: CheckResult[] = [];
  for (const [provider, keys] of pools) {
    results.push({ name: `keys ${provider}`, ...(await checkPool(target, provider, keys)) });
  }
  return results;
}

async function checkPool(target: Target, provider: string, before: readonly KeyState[]): Promise<Finding> {
  const requestsBefore = new Map(before.map(({ alias, requests }) => [alias, requests]));
  const isUntested = ({ alias, state, requests }: KeyState) =>
    state === 'live' && requests === requestsBefore.get(alias);
  let errorResponse: HttpResponse | undefined;
  let now = before;
  for (let calls = 0; calls < MAX_CALLS && !errorResponse && now.some(isUntested);) {
    const count = now.filter(isUntested).length;
    for (let sent = 0; sent < count && !errorResponse; sent++, calls++) {
      const response = await listModels(target, provider);
      if (response.status !== 200) errorResponse = response;
    }
    now = poolsIn(await readKeys(target)).get(provider) ?? now;
  }
  const out = now.filter(({ state }) => state === 'out');
  const cooling = now.filter(({ state }) => state === 'cooling');
  const named = (keys: readonly KeyState[]) => keys.map(({ alias, why }) => `${alias} (${why})`).join(', ');
  if (out.length > 0) {
    return fail(
      `${out.length} of ${now.length} keys are disabled: ${named(out)}`,
      'Replace invalid keys, add credit to those that have none left, and deploy again.',
    );
  }
  if (errorResponse?.header('x-proxy-error') === 'bad-token' && target.token === undefined) {
    return skipped(
      `${now.length} keys, none known to be invalid; testing them needs an access token`,
      'Pass it with --token.',
    );
  }
  if (errorResponse) return explainErrorResponse(`${now.length} keys, listing models`, errorResponse);
  if (cooling.length > 0) return warn(`rate-limited: ${named(cooling)}`, 'Wait, or add keys.');
  const left = now.filter(isUntested).length;
  return left > 0
    ? warn(`${now.length - left} of ${now.length} keys are valid; the rest were not tested`, 'Run it again.')
    : ok(`${now.length} of ${now.length} keys are valid: ${now.map(({ alias }) => alias).join(', ')}`);
}

function listModels({ base, token }: Target, provider: string): Promise<HttpResponse> {
  return call(`${base}/${provider}/v1/models`, {
    headers: { ...bearer(token), ...(provider === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}) },
  });
}

function readKeys({ base, adminToken }: Target): Promise<HttpResponse> {
  return call(`${base}/-/keys`, { headers: bearer(adminToken) });
}

function poolsIn({ text }: HttpResponse): Map<string, readonly KeyState[]> {
  const pools = Object.entries(parseJson(text) ?? {}) as [string, unknown][];
  return new Map(pools.map(([provider, keys]) => [provider, Array.isArray(keys) ? keys.map(keyState) : []]));
}

function keyState(key: unknown): KeyState {
  return {
    alias: textOf(member(key, 'alias')) ?? '?',
    state: textOf(member(key, 'state')) ?? '?',
    why: textOf(member(key, 'why')) ?? 'no reason reported',
    requests: numberOf(member(key, 'requests')) ?? 0,
  };
}
