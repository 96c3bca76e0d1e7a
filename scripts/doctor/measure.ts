import { member, parseJson, textOf } from './json';
import { bearer, type Target } from './target';
import { call } from './wire';

/** What one provider is like from a function. */
export interface ProviderView {
  readonly provider: string;
  readonly country: string;
  readonly verdict: string;
  /** Time that the function and the provider need to list models, without the way to the function; if it was possible. */
  readonly ms: number | undefined;
}

/** A deployed function, as one of several to choose from. */
export interface Candidate {
  readonly origin: string;
  readonly region: string;
  /** From this machine to the function and back, on a new connection. */
  readonly ms: number;
  readonly providers: readonly ProviderView[];
  /** Why it cannot be used, or cannot be compared. */
  readonly problem: string | undefined;
}

/** Odd, so that one slow call does not count. */
const CALLS = 3;

/** Measures a function through its public address. It costs nothing: models are listed. */
export async function measure(target: Target): Promise<Candidate> {
  const { base, token, adminToken } = target;
  const { origin } = new URL(base);
  const nothing = { origin, region: 'unknown', ms: 0, providers: [] };
  try {
    const health = parseJson((await call(`${base}/-/health`)).text);
    if (member(health, 'status') !== 'ok')
      return { ...nothing, problem: 'this proxy does not respond there' };
    const region = textOf(member(health, 'region')) ?? 'not on SCF';
    const ms = (await medianMs(`${base}/-/health`, {})) ?? 0;
    const egress = await call(`${base}/-/egress`, { headers: bearer(adminToken ?? token) });
    if (egress.status !== 200)
      return { ...nothing, region, ms, problem: `/-/egress responds with ${egress.status}; give --token` };
    const providers: ProviderView[] = [];
    for (const [provider, report] of Object.entries(parseJson(egress.text) ?? {})) {
      const throughMs = await medianMs(`${base}/${provider}/v1/models`, {
        ...bearer(token),
        ...(provider === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {}),
      });
      providers.push({
        provider,
        country: textOf(member(report, 'country')) ?? '?',
        verdict: textOf(member(report, 'verdict')) ?? 'unknown',
        ms: throughMs === undefined ? undefined : Math.max(0, throughMs - ms),
      });
    }
    return { origin, region, ms, providers, problem: problemOf(providers) };
  } catch (error) {
    return { ...nothing, problem: error instanceof Error ? error.message : 'it does not respond' };
  }
}

function problemOf(providers: readonly ProviderView[]): string | undefined {
  const refusing = providers.filter(({ verdict }) => verdict === 'refused').map(({ provider }) => provider);
  return refusing.length > 0 ? `${refusing.join(' and ')} reject requests from there` : undefined;
}

/** The median time until a response of 200 is complete; `undefined` if one is not 200. */
async function medianMs(url: string, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  const times: number[] = [];
  for (let left = CALLS; left > 0; left--) {
    const startedMs = performance.now();
    const { status } = await call(url, { headers });
    if (status !== 200) return undefined;
    times.push(performance.now() - startedMs);
  }
  return Math.round(times.sort((a, b) => a - b)[(CALLS - 1) / 2] ?? 0);
}
