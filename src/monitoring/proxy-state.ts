import type { Config } from '../config/read-config';
import type { ProxyState } from '../metrics/state-families';
import type { LimitState } from '../proxy/limits/limit-store';
import type { Proxy } from '../proxy/proxy';
import type { ServiceFacts } from './resource';

export interface OpenCounts {
  readonly requests: number;
  readonly streams: number;
}

export interface StateSource {
  readonly config: () => Config;
  readonly proxy: () => Proxy | undefined;
  readonly open: () => OpenCounts;
  readonly instance: string;
  readonly facts: ServiceFacts;
  readonly dropped: Readonly<Record<string, number>>;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Tokens whose money is looked up, each with a question to Redis if there is one. */
const MAX_TOKENS = 100;
const MICROSECONDS = 1e6;

/** What the proxy and its process are like now. */
export async function proxyState(source: StateSource): Promise<ProxyState> {
  const { facts, instance, dropped } = source;
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    build: { version: facts.version, commit: facts.commit, node: process.version },
    instance,
    open: source.open(),
    keys: source.proxy()?.keys.report() ?? {},
    tokenMoney: await tokenMoney(source),
    dropped,
    process: {
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      cpuSeconds: (user + system) / MICROSECONDS,
      startedAtSeconds: Math.round(source.now() / 1_000 - process.uptime()),
    },
  };
}

/** The money of the tokens of ACCESS_TOKENS; which signed tokens there are is not known. */
async function tokenMoney({ config, proxy }: StateSource): Promise<ProxyState['tokenMoney']> {
  const gate = proxy()?.gate;
  if (!gate) return [];
  const found = await Promise.all(
    config()
      .accessTokens.slice(0, MAX_TOKENS)
      .map(async ({ name, limits }) => {
        const states: readonly LimitState[] = await Promise.resolve(
          gate.state({ name, id: name, limits }),
        ).catch(() => []);
        return { name, money: states.find(({ kind }) => kind === 'money') };
      }),
  );
  return found.flatMap(({ name, money }) => (money ? [{ name, money }] : []));
}
