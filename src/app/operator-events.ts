import type { Alerts } from '../alerts/alerts';
import { secretsOf, type Config } from '../config/read-config';
import type { Logger } from '../log/logger';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { MemberFailedListener } from '../proxy/chain/member-failure';
import type { AttemptListener } from '../proxy/failover/report-attempt';
import type { CoolDown, KeyCharge, PoolEvents } from '../proxy/keys/key-health';
import type { ProxyEffects } from '../proxy/proxy-options';
import type { AlertClaims } from '../redis/alert-claims';
import { oneLine } from './access-log';

export interface OperatorEventsOptions {
  readonly logger: Logger;
  /** Tells other instances of a key that goes out. */
  readonly publish: (coolDown: CoolDown) => void;
  /** Adds what a request has cost to what all instances have spent with its key. */
  readonly charge?: (charge: KeyCharge) => void;
  /** `undefined` if there are no alerts. */
  readonly alert: Alert | undefined;
}

/** Sends an alert, without waiting for it. */
export type Alert = (send: (alerts: Alerts) => void) => void;

/** What becomes of the proxy's events: lines of the log, and alerts. */
export function operatorEvents({
  logger,
  publish,
  charge,
  alert,
}: OperatorEventsOptions): Pick<
  ProxyEffects,
  'keyEvents' | 'onEgressChange' | 'onTokenUsed' | 'onAttempt' | 'onMemberFailed' | 'onCircuitChange'
> {
  const keyEvents: PoolEvents = {
    coolDown: publish,
    ...(charge && { keyCharged: charge }),
    addressSuspected(pool, reason) {
      logger.error(
        { pool, reason },
        'every key of this pool is refused alike within seconds: the address or the region is suspected, not the keys, and they stay in use',
      );
      alert?.((alerts) => {
        alerts.poolEmpty(pool, undefined);
      });
    },
    keyOut({ pool, alias, reason, scope, untilMs }) {
      logger.warn(
        { pool, key: alias, reason, ...scopeFields(scope), until: new Date(untilMs).toISOString() },
        'a key is out',
      );
      // A rate limit ends by itself; of an empty pool there is an alert all the same.
      if (reason !== 'rate-limited')
        alert?.((alerts) => {
          alerts.keyOut({ pool, alias, reason, untilMs });
        });
    },
    keyBack({ pool, alias, scope }) {
      logger.info({ pool, key: alias, ...scopeFields(scope) }, 'a key is back');
    },
    poolEmpty(pool, untilMs) {
      alert?.((alerts) => {
        alerts.poolEmpty(pool, untilMs);
      });
    },
  };
  return {
    keyEvents,
    onEgressChange({ provider, before, now }) {
      logger.warn({ provider, before, now }, 'a provider sees this proxy in another country than before');
      alert?.((alerts) => {
        alerts.egressChanged(before, now);
      });
    },
    onTokenUsed:
      alert &&
      ((name, percent) => {
        alert((alerts) => {
          alerts.tokenUsed(name, percent);
        });
      }),
    onAttempt: attemptLog(logger.debug),
    onMemberFailed: memberLog(logger.debug),
    onCircuitChange({ name, isOpen, pauseMs }) {
      const member = oneLine(name);
      if (isOpen) logger.warn({ member, pause_ms: pauseMs }, 'a provider of a chain is passed over');
      else logger.info({ member }, 'a provider of a chain is used again');
    },
  };
}

/** Loads the alerts with the first of them; `undefined` without ALERT_URL. */
export function lazyAlerts(
  config: Config,
  effects: {
    readonly logger: Logger;
    readonly source: string;
    readonly now: () => number;
    readonly httpProxy?: ProxyChoice | undefined;
    /** Which of several instances sends an alert; `undefined` if each sends its own. */
    readonly claims?: () => AlertClaims | undefined;
  },
): Alert | undefined {
  const { alertUrl } = config;
  if (alertUrl === '') return undefined;
  let loading: Promise<Alerts> | undefined;
  return (send) => {
    loading ??= import('../alerts/create-alerts').then(({ createAlerts }) =>
      createAlerts({ ...effects, claims: effects.claims?.(), url: alertUrl, secrets: secretsOf(config) }),
    );
    loading.then(send).catch((cause: unknown) => {
      effects.logger.error({ cause }, 'an alert could not be made');
    });
  };
}

function attemptLog(debug: Logger['debug']): AttemptListener | undefined {
  return (
    debug &&
    (({ requestId, record, provider }, { status, error, ms }) => {
      debug(
        {
          request_id: requestId,
          attempt: record.attempts,
          provider: provider.name,
          key: record.keyAlias,
          status,
          error,
          ms: Math.round(ms * 10) / 10,
        },
        'attempt',
      );
    })
  );
}

function memberLog(debug: Logger['debug']): MemberFailedListener | undefined {
  return (
    debug &&
    (({ requestId, record }, member, reason) => {
      debug(
        { request_id: requestId, attempts: record.attempts, member: oneLine(member), reason },
        'a provider of a chain has not served the request',
      );
    })
  );
}

/** A scope's kind of endpoint and its model, which a client has named. */
function scopeFields(scope: string): { readonly endpoint?: string; readonly model?: string | undefined } {
  const bar = scope.indexOf('|');
  return bar === -1 ? {} : { endpoint: scope.slice(0, bar), model: oneLine(scope.slice(bar + 1)) };
}
