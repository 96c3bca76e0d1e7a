import type { Logger } from '../log/logger';
import type { Redact } from '../log/redact';
import type { KeyOut } from '../proxy/keys/key-health';
import type { RestReason } from '../proxy/keys/managed-key';
import type { AlertClaims } from '../redis/alert-claims';
import type { Alert, AlertEvent } from './alert';

/** There is one alert in this time of an event about a subject. */
const WINDOW_MS = 3_600_000;
/** Names of tokens are many: more subjects than this are not remembered, the oldest first. */
const MAX_REMEMBERED = 512;
/** Alerts that wait to be sent; further ones are dropped, since the log has them all. */
const MAX_WAITING = 16;
const MAX_SUBJECT_CHARACTERS = 100;

export interface AlertsOptions {
  /** Sends one alert, within a time limit. */
  readonly post: (alert: Alert) => Promise<void>;
  /** The host of the receiver, the only part of its address that may be logged. */
  readonly host: string;
  /** Names this deployment in every message. */
  readonly source: string;
  readonly redact: Redact;
  readonly logger: Pick<Logger, 'warn'>;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** `undefined` if each instance tells of every event. */
  readonly claims?: AlertClaims | undefined;
}

const REASONS: Readonly<Record<RestReason, string>> = {
  invalid: 'the provider rejects it as invalid',
  'out-of-credit': 'it has no credit left',
  'budget-spent': 'it has spent the budget that you gave it',
  'rate-limited': 'it is rate-limited',
};

/**
 * Tells the operator what needs attention, each event about each subject once an hour: over all instances if they share a Redis,
 * otherwise in each. No request waits for it: alerts are sent one after the other, and a failure only becomes a line of the log.
 */
export class Alerts {
  /** When each event was last told, by event and subject, the oldest first. */
  readonly #told = new Map<string, number>();
  readonly #waiting: Alert[] = [];
  #isSending = false;
  #hasFailed = false;

  constructor(private readonly options: AlertsOptions) {}

  keyOut({ pool, alias, reason, untilMs }: Omit<KeyOut, 'scope'>): void {
    this.#tell(
      'key-out',
      `${pool} ${alias}`,
      `key ${alias} of ${pool} is out until ${iso(untilMs)}: ${REASONS[reason]}.`,
    );
  }

  /** @param untilMs when the first key is expected back; `undefined` if all of them are rejected alike, and stay in use */
  poolEmpty(pool: string, untilMs: number | undefined): void {
    const text =
      untilMs === undefined
        ? `the provider rejects every key of ${pool}: check the keys, the upstream setting and the region.`
        : `no key of ${pool} can be used until ${iso(untilMs)}: requests get an error. Add keys or credit.`;
    this.#tell('pool-empty', pool, text);
  }

  /** @param name the token's name, never the token */
  tokenUsed(name: string, percent: 80 | 100): void {
    const end = percent === 100 ? ': its requests get an error until the budget begins anew' : '';
    this.#tell(
      'token-budget',
      `${name} ${percent} %`,
      `access token ${name} has used ${percent} % of its budget${end}.`,
    );
  }

  /** @param before the country in which providers saw this proxy until now, as ISO 3166-1 */
  egressChanged(before: string, now: string): void {
    this.#tell(
      'egress-changed',
      `${before} → ${now}`,
      `providers now see this proxy in ${now}, no longer in ${before}. Some do not serve every country.`,
    );
  }

  #tell(event: AlertEvent, about: string, sentence: string): void {
    const { redact, source, now } = this.options;
    const subject = redact(about).slice(0, MAX_SUBJECT_CHARACTERS);
    const nowMs = now();
    const key = keyOf({ event, subject });
    const lastMs = this.#told.get(key);
    if (lastMs !== undefined && nowMs >= lastMs && nowMs - lastMs < WINDOW_MS) return;
    if (this.#waiting.length >= MAX_WAITING) return;
    this.#told.delete(key);
    this.#told.set(key, nowMs);
    const oldest = this.#told.keys().next();
    if (this.#told.size > MAX_REMEMBERED && !oldest.done) this.#told.delete(oldest.value);
    this.#waiting.push({ event, subject, text: redact(`${source}: ${sentence}`), time: iso(nowMs) });
    if (!this.#isSending) void this.#sendAll();
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let alert = this.#waiting.shift(); alert; alert = this.#waiting.shift()) {
      const { claims, post } = this.options;
      const event = keyOf(alert);
      try {
        if (claims && !(await claims.claim(event, WINDOW_MS))) {
          // The window is that of the instance that has told it, and ends earlier.
          this.#told.delete(event);
          continue;
        }
        await post(alert);
        this.#hasFailed = false;
      } catch (cause) {
        void claims?.release(event);
        this.#logFailure(cause);
      }
    }
    this.#isSending = false;
  }

  /** Once, until an alert was sent again. */
  #logFailure(cause: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.options.logger.warn(
      { host: this.options.host, cause },
      'an alert could not be sent; check ALERT_URL',
    );
  }
}

function keyOf({ event, subject }: Pick<Alert, 'event' | 'subject'>): string {
  return `${event} ${subject}`;
}

/** As ISO 8601; a time that is out of range has no text. */
function iso(ms: number): string {
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? 'an unknown time' : at.toISOString().replace(/\.\d{3}Z$/, 'Z');
}
