import type { EgressReport } from '../../proxy/egress/egress-check';
import type { KeyReport } from '../../proxy/keys/managed-key';
import type { RecentRequests } from './recent-requests';
import type { KeyReason, KeyRow, KeysReport, OwnStatus } from './report';
import { percentilesOf } from './sums-report';

export interface KeysSource {
  /** By provider, as `/-/keys` has them. */
  readonly keys: () => Readonly<Record<string, readonly KeyReport[]>>;
  /** What is known of where a provider sees the proxy; asks for it in the background. */
  readonly egressOf: (provider: string) => EgressReport | undefined;
  /** `undefined` if no requests are listed. */
  readonly recent: RecentRequests | undefined;
}

const MAX_KEYS = 500;
const NANO_PER_USD = 1_000_000_000;

const WHY: Readonly<Record<KeyReason, string>> = {
  invalid: 'The provider does not accept this key: it is wrong, revoked or disabled.',
  'out-of-credit': 'The account of this key has no credit or quota left at the provider.',
  'budget-spent': 'The budget that this key has here is spent.',
  'rate-limited': 'The provider limits the rate of this key at present.',
};

export function keysReport({ keys, egressOf, recent }: KeysSource, nowMs: number): KeysReport {
  const providers = Object.entries(keys());
  const listed = mostImportant(providers.flatMap(([, reports]) => reports));
  const times = timesByKey(recent);
  return {
    now_ms: nowMs,
    providers: providers.map(([provider, reports]) => ({
      provider,
      keys: reports
        .filter((report) => !listed || listed.has(report))
        .map((report) => keyRow(report, times.get(`${provider} ${report.alias}`) ?? [])),
      total: reports.length,
      ready: reports.filter(({ state }) => state === 'live').length,
      egress: egressOf(provider) ?? null,
    })),
    truncated: listed !== undefined,
  };
}

/** Those that are out, then those that are used most; `undefined` if all can be listed. */
function mostImportant(reports: readonly KeyReport[]): ReadonlySet<KeyReport> | undefined {
  if (reports.length <= MAX_KEYS) return undefined;
  const rank = ({ state }: KeyReport) => (state === 'live' ? 1 : 0);
  const sorted = [...reports].sort((one, other) => rank(one) - rank(other) || other.requests - one.requests);
  return new Set(sorted.slice(0, MAX_KEYS));
}

/** How long the listed requests took until the first byte, by provider and key. */
function timesByKey(recent: RecentRequests | undefined): ReadonlyMap<string, readonly number[]> {
  const times = new Map<string, number[]>();
  for (const { provider, key, firstByteMs, failure } of recent?.newest() ?? []) {
    if (key === undefined || firstByteMs === undefined || failure !== undefined) continue;
    const name = `${provider} ${key}`;
    const known = times.get(name);
    if (known) known.push(firstByteMs);
    else times.set(name, [firstByteMs]);
  }
  return times;
}

function keyRow(report: KeyReport, times: readonly number[]): KeyRow {
  const { alias, state, until, why, models, weight, open, requests, failures, budget } = report;
  const reason = reasonOf(why);
  return {
    alias,
    state,
    reason,
    why: reason && WHY[reason],
    until_ms: until === null ? null : Date.parse(until),
    models: models.map(({ model, endpoint, until: end }) => ({ model, endpoint, until_ms: Date.parse(end) })),
    weight,
    open,
    requests,
    failures,
    error_share: requests === 0 ? null : failures / requests,
    budget: budget
      ? {
          nano_usd: Math.round(budget.usd * NANO_PER_USD),
          spent_nano_usd: Math.round(budget.spent_usd * NANO_PER_USD),
          per: budget.per,
        }
      : null,
    latency: percentilesOf(times),
  };
}

function reasonOf(why: string | null): KeyReason | null {
  return why !== null && Object.hasOwn(WHY, why) ? (why as KeyReason) : null;
}

/** What a token's holder may know of the keys: how many are ready, and nothing of any of them. */
export function keysReady(
  { keys, egressOf }: Pick<KeysSource, 'keys' | 'egressOf'>,
  mayUse: (provider: string) => boolean,
): OwnStatus['providers'] {
  return Object.entries(keys())
    .filter(([name]) => mayUse(name))
    .map(([name, reports]) => {
      const egress = egressOf(name);
      return {
        name,
        country: egress?.country ?? null,
        verdict: egress?.verdict ?? null,
        keys_ready: reports.filter(({ state }) => state !== 'out').length,
        keys_total: reports.length,
      };
    });
}
