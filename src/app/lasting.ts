import type { Config } from '../config/read-config';
import type { Logger } from '../log/logger';
import type { PageFacts } from '../pages/page-facts';
import { redactionOf } from '../pages/redacted-json';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { SharedKeys } from '../proxy/keys/key-source';
import type { Proxy } from '../proxy/proxy';
import type { ProxyEffects } from '../proxy/proxy-options';
import type { Sharing } from '../redis/shared-state';
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
}

/** Of the app's effects, those that its events need. */
interface EventEffects {
  readonly logger: Logger;
  readonly now: () => number;
  readonly facts: Pick<PageFacts, 'functionName'>;
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
  };
  return lasting;
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
