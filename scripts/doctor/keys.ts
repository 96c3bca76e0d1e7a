import { member, numberOf, parseJson, textOf } from './json';
import { explainRefusal } from './refusal';
import { fail, ok, skipped, warn, type CheckResult, type Finding } from './result';
import { bearer, type Target } from './target';
import { call, type Answer } from './wire';

/** Calls made at most to have every key of a pool used. They list models, which costs nothing. */
const MAX_CALLS = 60;

interface KeyState {
  readonly alias: string;
  readonly state: string;
  readonly why: string;
  readonly requests: number;
}

/** Whether the server's keys are valid: models are listed until each key has been asked, then the proxy is. */
export async function checkKeys(target: Target): Promise<CheckResult[]> {
  const whole = (finding: Finding): CheckResult[] => [{ name: 'keys', ...finding }];
  if (target.adminToken === undefined)
    return whole(skipped('It needs the ADMIN_TOKEN', 'Give it with --admin-token.'));
  const answer = await readKeys(target);
  if (answer.status === 404)
    return whole(skipped('There is no ADMIN_TOKEN on the server', 'Set ADMIN_TOKEN, and deploy again.'));
  if (answer.status !== 200) return whole(explainRefusal('GET /-/keys', answer));
  const pools = poolsIn(answer);
  if (pools.size === 0) return whole(skipped('The server has no keys; callers send their own'));
  const results: CheckResult[] = [];
  for (const [provider, keys] of pools) {
    results.push({ name: `keys ${provider}`, ...(await checkPool(target, provider, keys)) });
  }
  return results;
}

async function checkPool(target: Target, provider: string, before: readonly KeyState[]): Promise<Finding> {
  const asked = new Map(before.map(({ alias, requests }) => [alias, requests]));
  const untried = ({ alias, state, requests }: KeyState) => state === 'live' && requests === asked.get(alias);
  let refused: Answer | undefined;
  let now = before;
  for (let calls = 0; calls < MAX_CALLS && !refused && now.some(untried);) {
    const turns = now.filter(untried).length;
    for (let turn = 0; turn < turns && !refused; turn++, calls++) {
      const answer = await listModels(target, provider);
      if (answer.status !== 200) refused = answer;
    }
    now = poolsIn(await readKeys(target)).get(provider) ?? now;
  }
  const out = now.filter(({ state }) => state === 'out');
  const cooling = now.filter(({ state }) => state === 'cooling');
  const named = (keys: readonly KeyState[]) => keys.map(({ alias, why }) => `${alias} (${why})`).join(', ');
  if (out.length > 0) {
    return fail(
      `${out.length} of ${now.length} keys are out: ${named(out)}`,
      'Replace keys that are invalid, add credit to those that are out of it, and deploy again.',
    );
  }
  if (refused?.header('x-proxy-error') === 'bad-token' && target.token === undefined) {
    return skipped(
      `${now.length} keys, none of them known to be bad; asking them needs an access token`,
      'Give it with --token.',
    );
  }
  if (refused) return explainRefusal(`${now.length} keys, and listing models`, refused);
  if (cooling.length > 0) return warn(`rate-limited: ${named(cooling)}`, 'Wait, or add keys.');
  const left = now.filter(untried).length;
  return left > 0
    ? warn(`${now.length - left} of ${now.length} keys are valid; the rest were not asked`, 'Run it again.')
    : ok(`${now.length} of ${now.length} keys are valid: ${now.map(({ alias }) => alias).join(', ')}`);
}

function listModels({ base, token }: Target, provider: string): Promise<Answer> {
  return call(`${base}/${provider}/v1/models`, {
    headers: { ...bearer(token), ...(provider === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}) },
  });
}

function readKeys({ base, adminToken }: Target): Promise<Answer> {
  return call(`${base}/-/keys`, { headers: bearer(adminToken) });
}

function poolsIn({ text }: Answer): Map<string, readonly KeyState[]> {
  const pools = Object.entries(parseJson(text) ?? {}) as [string, unknown][];
  return new Map(pools.map(([provider, keys]) => [provider, Array.isArray(keys) ? keys.map(keyState) : []]));
}

function keyState(key: unknown): KeyState {
  return {
    alias: textOf(member(key, 'alias')) ?? '?',
    state: textOf(member(key, 'state')) ?? '?',
    why: textOf(member(key, 'why')) ?? 'no reason told',
    requests: numberOf(member(key, 'requests')) ?? 0,
  };
}
