import type { Config } from '../config/read-config';
import type { Logger } from '../log/logger';
import type { PageFacts } from '../pages/page-facts';
import { redactionOf } from '../pages/redacted-json';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { ActiveExchanges } from '../proxy/exchange/active-exchanges';
import type { SharedKeys } from '../proxy/keys/key-source';
import type { Proxy } from '../proxy/proxy';
import type { ProxyEffects } from '../proxy/proxy-options';
import type { Sharing } from '../redis/shared-state';
import { Telemetry, isMonitored } from '../telemetry/telemetry';
import { oneLine } from './access-log';
import { newPlaceWarnings } from './new-place-warnings';
import { lazyAlerts, operatorEvents } from './operator-events';
import { UsageRecorder } from './usage-recorder';

/** What outlasts a change of the configuration. */
export interface Lasting {
  /** The newest one. */
  config: Config;
  /** That of the newest app. */
  proxy: Proxy | undefined;
  sharing: Sharing | undefined;
  /** What tells instances apart; made when a page first shows it. */
  instance: string | undefined;
  readonly usage: UsageRecorder;
  /** `undefined` until somebody may see what is counted. */
  telemetry: Telemetry | undefined;
  /** The requests of each app that has some. */
  readonly running: Set<ActiveExchanges>;
}

/** Of the app's effects, those that its events need. */
interface EventEffects {
  readonly logger: Logger;
  readonly now: () => number;
  readonly newId: () => string;
  readonly facts: PageFacts;
  readonly onScf: boolean;
  readonly httpProxy?: ProxyChoice | undefined;
}

/** @param now the wall clock, in ms */
export function newLasting(config: Config, now: () => number): Lasting {
  const lasting: Lasting = {
    config,
    proxy: undefined,
    sharing: undefined,
    instance: undefined,
    usage: new UsageRecorder(config.prices, now, () => lasting.sharing),
    telemetry: undefined,
    running: new Set(),
  };
  return lasting;
}

/** What counts requests, if anybody may see it. */
export function telemetryOf(lasting: Lasting, effects: EventEffects): Telemetry | undefined {
  if (!isMonitored(lasting.config)) return undefined;
  return new Telemetry({
    ...effects,
    config: () => lasting.config,
    proxy: () => lasting.proxy,
    open() {
      const counts = [...lasting.running].map((running) => running.count());
      const sum = (of: 'requests' | 'streams') => counts.reduce((total, count) => total + count[of], 0);
      return { requests: sum('requests'), streams: sum('streams') };
    },
    instance: () => (lasting.instance ??= effects.newId()),
    clean: cleanNameOf(lasting),
  });
}

/** A name that a client has written, as the log has it: on one line, without secrets. */
export function cleanNameOf(lasting: Lasting): (name: string) => string {
  return (name) => redactionOf(lasting.config)(oneLine(name) ?? '');
}

/** Not inside `createApp`: what refers to them for good would keep the first app for good. */
export function eventsOf(
  lasting: Lasting,
  config: Config,
  effects: EventEffects,
): Omit<ProxyEffects, 'random' | 'now' | 'onScf' | 'httpProxy'> {
  return {
    tokenPlaces: newPlaceWarnings(config, effects, () => lasting.sharing?.places),
    makeLimiter: (options) => lasting.sharing?.makeLimiter(options),
    ownerStore: () => lasting.sharing?.owners,
    limitStore: config.redisUrl === '' ? undefined : () => lasting.sharing?.limits,
    ...operatorEvents({
      logger: effects.logger,
      publish: (coolDown) => lasting.sharing?.publish(coolDown),
      charge: (charge) => lasting.sharing?.keySpending.add(charge),
      alert: lazyAlerts(config, {
        ...effects,
        source: effects.facts.functionName ?? 'scf-llm-proxy',
        claims: () => lasting.sharing?.alerts,
      }),
    }),
  };
}

/** The keys of the newest app. */
export function keysOf(lasting: Lasting): SharedKeys {
  return {
    adopt(coolDown) {
      lasting.proxy?.keys.adopt(coolDown);
    },
    poolNames: () => lasting.proxy?.keys.poolNames() ?? [],
    budgets: () => lasting.proxy?.keys.budgets() ?? [],
    recordSpent(sum) {
      lasting.proxy?.keys.recordSpent(sum);
    },
    startAt(poolName, turn) {
      lasting.proxy?.keys.startAt(poolName, turn);
    },
  };
}
