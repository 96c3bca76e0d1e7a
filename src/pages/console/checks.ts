import type { EgressReport } from '../../proxy/egress/egress-check';
import type { KeyReport } from '../../proxy/keys/managed-key';
import type { Use } from './report';
import type { Check, HealthReport } from './report';

export interface Checked {
  readonly keys: Readonly<Record<string, readonly KeyReport[]>>;
  readonly egressOf: (provider: string) => EgressReport | undefined;
  /** Whether any client may use the server's keys. */
  readonly isAnonymous: boolean;
  /** `undefined` without Redis. */
  readonly redisResponds: boolean | undefined;
  readonly memory: HealthReport['memory'];
  readonly deadline: HealthReport['deadline'];
  readonly prices: HealthReport['prices'];
  readonly today: Use;
}

const SHORT_LIMIT_MS = 120_000;
const TOO_SHORT_LIMIT_MS = 30_000;
const OLD_PRICES_DAYS = 60;
const HIGH_MEMORY_SHARE = 0.9;
/** A share of unmetered requests that is worth a word, of at least so many. */
const UNMETERED_SHARE = 0.1;
const ENOUGH_REQUESTS = 20;

/** The doctor's checks that can be made from inside, in its order. */
export function checksOf(checked: Checked): readonly Check[] {
  return [
    limits(checked),
    access(checked),
    ...Object.keys(checked.keys).flatMap((provider) => egress(provider, checked.egressOf(provider))),
    ...Object.entries(checked.keys).map(([provider, keys]) => pool(provider, keys)),
    ...redis(checked),
    memory(checked),
    metering(checked),
    prices(checked),
  ];
}

function limits({ deadline: { function_limit_ms: limitMs } }: Checked): Check {
  const name = 'limits';
  if (limitMs === null) return ok(name, 'The platform reports no time limit.');
  const message = `The function stops after ${seconds(limitMs)}.`;
  const remedy = 'Set timeout: 900 in serverless.yml (the platform’s default is 3 s), and deploy again.';
  if (limitMs <= TOO_SHORT_LIMIT_MS)
    return { name, status: 'failed', message: `${message} That is too short for a response.`, remedy };
  return limitMs < SHORT_LIMIT_MS
    ? { name, status: 'warning', message: `${message} Long responses are cut off.`, remedy }
    : ok(name, message);
}

function access({ isAnonymous }: Checked): Check {
  const name = 'access';
  return isAnonymous
    ? {
        name,
        status: 'warning',
        message: 'Everybody who knows the address can use the keys of the server.',
        remedy: 'Set ACCESS_TOKENS or TOKEN_SECRET, unless this is what you want.',
      }
    : ok(name, 'The keys of the server need an access token.');
}

function egress(provider: string, report: EgressReport | undefined): readonly Check[] {
  const name = `egress ${provider}`;
  if (!report || report.verdict === 'unknown') return []; // an upstream of the user's own, or not known yet
  const country = report.country ?? '?';
  return report.verdict === 'allowed'
    ? [ok(name, `${provider} sees this proxy in ${country}, which it serves.`)]
    : [
        {
          name,
          status: 'failed',
          message: `${provider} sees this proxy in ${country}, which it rejects.`,
          remedy: 'Deploy to a region that the provider serves: it may close the accounts of the keys.',
        },
      ];
}

function pool(provider: string, keys: readonly KeyReport[]): Check {
  const name = `keys ${provider}`;
  const out = keys.filter(({ state }) => state === 'out').length;
  const message = `${keys.length - out} of ${keys.length} keys of ${provider} are in use.`;
  if (out === 0) return ok(name, message);
  const remedy = 'See why under the keys: add credit, replace invalid keys, or raise their budget.';
  return { name, status: out === keys.length ? 'failed' : 'warning', message, remedy };
}

function redis({ redisResponds }: Checked): readonly Check[] {
  const name = 'redis';
  if (redisResponds === undefined) return [];
  return redisResponds
    ? [ok(name, 'Redis responds: figures and limits are of all instances.')]
    : [
        {
          name,
          status: 'failed',
          message: 'Redis does not respond: this instance counts for itself.',
          remedy: 'Check REDIS_URL, and that the function may reach it (VPC, allowed addresses).',
        },
      ];
}

function memory({ memory: { rss_bytes: rss, limit_bytes: limit } }: Checked): Check {
  const name = 'memory';
  if (limit === null) return ok(name, 'There is no limit of memory.');
  const message = `${megabytes(rss)} of ${megabytes(limit)} are used.`;
  return rss > limit * HIGH_MEMORY_SHARE
    ? { name, status: 'warning', message, remedy: 'Give the function more memory, or lower BODY_MEMORY.' }
    : ok(name, message);
}

function metering({ today: { metered, partial, unmetered } }: Checked): Check {
  const name = 'metering';
  const all = metered + partial + unmetered;
  const message = `${metered} of ${all} requests of today are fully metered.`;
  return all >= ENOUGH_REQUESTS && unmetered > all * UNMETERED_SHARE
    ? {
        name,
        status: 'warning',
        message,
        remedy: 'See which client is unmetered; set METER_STREAMS=ask, so that streams tell their usage.',
      }
    : ok(name, message);
}

function prices({ prices: { date, age_days: age } }: Checked): Check {
  const name = 'prices';
  const message = `The list prices are of ${date}.`;
  return age > OLD_PRICES_DAYS
    ? {
        name,
        status: 'warning',
        message: `${message} That is ${age} days ago.`,
        remedy: 'Deploy a newer version, or set PRICES for the models whose price has changed.',
      }
    : ok(name, message);
}

function ok(name: string, message: string): Check {
  return { name, status: 'ok', message, remedy: null };
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
