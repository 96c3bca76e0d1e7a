import type { LimitState } from '../proxy/limits/limit-store';
import type { KeyReport } from '../proxy/keys/managed-key';
import { NANO_PER_USD } from '../prices/nano-usd';
import { METRICS } from './definitions';
import { single, type Family, type Point } from './family';

/** What is known of the process and the proxy at one moment. */
export interface ProxyState {
  readonly build: { readonly version: string; readonly commit: string; readonly node: string };
  /** Tells instances apart; without a meaning. */
  readonly instance: string;
  readonly open: { readonly requests: number; readonly streams: number };
  /** The server's keys, by pool. */
  readonly keys: Readonly<Record<string, readonly KeyReport[]>>;
  /** What is known of the money of access tokens. */
  readonly tokenMoney: readonly { readonly name: string; readonly money: LimitState }[];
  /** By signal; what could not be exported. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly process: {
    readonly residentBytes: number;
    readonly heapUsedBytes: number;
    readonly externalBytes: number;
    readonly cpuSeconds: number;
    /** Unix time. */
    readonly startedAtSeconds: number;
  };
}

/** Beyond it a pool's keys are not told one by one: `/-/keys` has them. */
const MAX_KEYS = 500;
const KEY_STATES = ['live', 'cooling', 'out'] as const;
/** Of the hash at the end of a key's alias. The alias itself has characters of the key. */
const HASH_CHARACTERS = 6;

export function stateFamilies(state: ProxyState): readonly Family[] {
  const { build, open, dropped, process } = state;
  const budgets = [...keyBudgets(state), ...tokenBudgets(state)];
  return [
    single(METRICS.openRequests, open.requests),
    single(METRICS.openStreams, open.streams),
    { definition: METRICS.keyState, points: keyStates(state) },
    {
      definition: METRICS.budgetLimit,
      points: budgets.map(({ labels, limit: value }) => ({ labels, value })),
    },
    {
      definition: METRICS.budgetSpent,
      points: budgets.map(({ labels, spent: value }) => ({ labels, value })),
    },
    {
      definition: METRICS.dropped,
      points: Object.entries(dropped).map(([signal, value]) => ({ labels: [signal], value })),
    },
    {
      definition: METRICS.build,
      points: [{ labels: [build.version, build.commit, build.node, state.instance], value: 1 }],
    },
    single(METRICS.residentMemory, process.residentBytes),
    single(METRICS.heapUsed, process.heapUsedBytes),
    single(METRICS.external, process.externalBytes),
    single(METRICS.cpu, process.cpuSeconds),
    single(METRICS.startTime, process.startedAtSeconds),
  ];
}

function keysOf({
  keys,
}: ProxyState): { readonly pool: string; readonly id: string; readonly key: KeyReport }[] {
  return Object.entries(keys)
    .flatMap(([pool, reports]) =>
      reports.map((key) => ({ pool, id: key.alias.slice(-HASH_CHARACTERS), key })),
    )
    .slice(0, MAX_KEYS);
}

function keyStates(state: ProxyState): Point[] {
  return keysOf(state).flatMap(({ pool, id, key }) =>
    KEY_STATES.map((name) => ({ labels: [pool, id, name], value: key.state === name ? 1 : 0 })),
  );
}

interface Budget {
  readonly labels: readonly string[];
  readonly limit: number;
  readonly spent: number;
}

function keyBudgets(state: ProxyState): Budget[] {
  return keysOf(state).flatMap(({ pool, id, key: { budget } }) =>
    budget
      ? [{ labels: ['key', `${pool} ${id}`, budget.per], limit: budget.usd, spent: budget.spent_usd }]
      : [],
  );
}

function tokenBudgets({ tokenMoney }: ProxyState): Budget[] {
  return tokenMoney.map(({ name, money: { period = '', limit, used } }) => ({
    labels: ['token', name, period],
    limit: limit / NANO_PER_USD,
    spent: used / NANO_PER_USD,
  }));
}
