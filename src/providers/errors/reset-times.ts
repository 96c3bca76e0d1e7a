import type { ErrorFacts } from './facts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Google's limits of the day: "reset at midnight Pacific time" (https://ai.google.dev/gemini-api/docs/rate-limits). */
export function googleDailyReset(facts: ErrorFacts, nowMs: number): number | undefined {
  return facts.quotaIds.some((quotaId) => quotaId.includes('PerDay'))
    ? nextPacificMidnight(nowMs)
    : undefined;
}

/** Anthropic: "You will regain access on 2026-01-01 at 00:00 UTC." */
export function anthropicRegainsAccess(facts: ErrorFacts): number | undefined {
  const [, date, time] = /access on (\d{4}-\d\d-\d\d) at (\d\d:\d\d) UTC/.exec(facts.message) ?? [];
  return date !== undefined && time !== undefined ? validTime(`${date}T${time}:00Z`) : undefined;
}

/** Zhipu names the time without its zone, which is Beijing's: 2026-01-01 07:41:44 */
export function zhipuReset(facts: ErrorFacts): number | undefined {
  const [, date, time] = /(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/.exec(facts.message) ?? [];
  return date !== undefined && time !== undefined ? validTime(`${date}T${time}+08:00`) : undefined;
}

/** MiniMax: "resets at 2026-01-01T15:00:00Z (2056)" */
export function minimaxReset(facts: ErrorFacts): number | undefined {
  const [, time] = /resets at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)/.exec(facts.message) ?? [];
  return time === undefined ? undefined : validTime(time);
}

/** Volcengine: "It will reset at 2026-01-01 23:59:59 +0800 CST." */
export function volcengineReset(facts: ErrorFacts): number | undefined {
  const [, date, time, hours, minutes] =
    /reset at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)/.exec(facts.message) ?? [];
  return date !== undefined && time !== undefined && hours !== undefined && minutes !== undefined
    ? validTime(`${date}T${time}${hours}:${minutes}`)
    : undefined;
}

export function openrouterReset(facts: ErrorFacts): number | undefined {
  const { resetsAt = '' } = facts;
  return /^\d{4}-\d\d-\d\dT[\d:.]{5,16}(?:Z|[+-]\d\d:\d\d)$/.test(resetsAt) ? validTime(resetsAt) : undefined;
}

/** Beijing has no summer time. */
export function nextBeijingMidnight(_facts: ErrorFacts, nowMs: number): number {
  const offsetMs = 8 * HOUR_MS;
  return (Math.floor((nowMs + offsetMs) / DAY_MS) + 1) * DAY_MS - offsetMs;
}

let pacificClock: Intl.DateTimeFormat | undefined;

/** The end of the day in Los Angeles, on days of 23 and 25 hours as well. */
export function nextPacificMidnight(nowMs: number): number {
  const guess = nowMs + DAY_MS - sincePacificMidnight(nowMs);
  const past = sincePacificMidnight(guess);
  return past < DAY_MS / 2 ? guess - past : guess + DAY_MS - past;
}

function sincePacificMidnight(timeMs: number): number {
  pacificClock ??= new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/Los_Angeles',
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(pacificClock.formatToParts(timeMs).map(({ type, value }) => [type, Number(value)]));
  const seconds =
    (parts.get('hour') ?? 0) * 3_600 + (parts.get('minute') ?? 0) * 60 + (parts.get('second') ?? 0);
  return seconds * 1_000 + (timeMs % 1_000);
}

function validTime(text: string): number | undefined {
  const timeMs = Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
