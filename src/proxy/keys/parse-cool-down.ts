import type { CoolDown } from './key-health';
import type { RestReason } from './managed-key';

const HOUR_MS = 60 * 60 * 1_000;

const REASONS: readonly RestReason[] = ['invalid', 'out-of-credit', 'budget-spent', 'rate-limited'];
/** Not longer than an instance would disable a key itself. */
const MAX_AHEAD_MS = 24 * HOUR_MS;
/** No cool-down is longer. */
const MAX_TEXT_LENGTH = 2_048;
const MAX_NAME_LENGTH = 64;
/** A kind of endpoint of 100 and a model of 200, with the separator. */
const MAX_SCOPE_BYTES = 301;
const MAX_STRIKES = 100;
const FINGERPRINT = /^[0-9a-f]{16}$/;

/**
 * Parses a cool-down that another instance has published. A writer to Redis can only delay requests with it: times and
 * counts are clamped.
 * @returns `undefined` if the text is not a cool-down
 */
export function parseCoolDown(text: string, nowMs: number): CoolDown | undefined {
  const read = jsonObject(text);
  if (!read) return undefined;
  const { pool, fingerprint, model, untilMs, strikes, spentNanoUsd } = read;
  const reason = REASONS.find((one) => one === read['reason']);
  if (!reason) return undefined;
  if (typeof pool !== 'string' || pool === '' || pool.length > MAX_NAME_LENGTH) return undefined;
  if (typeof fingerprint !== 'string' || !FINGERPRINT.test(fingerprint)) return undefined;
  if (typeof model !== 'string' || Buffer.byteLength(model) > MAX_SCOPE_BYTES) return undefined;
  if (!isCount(untilMs) || !isCount(strikes)) return undefined;
  if (reason === 'budget-spent') {
    // Not clamped: it counts only if it is the end of the window that the instance itself has for this key.
    if (!isCount(spentNanoUsd)) return undefined;
    return { pool, fingerprint, model: '', reason, untilMs, strikes: 0, spentNanoUsd };
  }
  return {
    pool,
    fingerprint,
    model,
    reason,
    untilMs: Math.min(untilMs, nowMs + MAX_AHEAD_MS),
    strikes: Math.min(strikes, MAX_STRIKES),
  };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** A time may have a fraction, if it was computed from one. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
