import type { Logger } from '../log/logger';
import { createRedact } from '../log/redact';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import type { AlertClaims } from '../redis/alert-claims';
import { Alerts } from './alerts';
import { postAlert } from './post-alert';

export interface CreateAlertsOptions {
  /** ALERT_URL, as the configuration has accepted it. */
  readonly url: string;
  /** Every secret of the configuration, this URL included. */
  readonly secrets: readonly string[];
  /** Names this deployment: the function's name, for example. */
  readonly source: string;
  readonly logger: Logger;
  readonly now: () => number;
  /** Which of several instances sends an alert; `undefined` if each sends its own. */
  readonly claims: AlertClaims | undefined;
  readonly httpProxy?: ProxyChoice | undefined;
}

/** Makes the alerts of an instance; loaded with the first of them. */
export function createAlerts(options: CreateAlertsOptions): Alerts {
  const { secrets, source, logger, now, claims, httpProxy } = options;
  const url = new URL(options.url);
  return new Alerts({
    ...{ source, logger, now, claims, host: url.host },
    redact: createRedact(secrets),
    post: (alert) => postAlert(url, alert, { httpProxy }),
  });
}
