import pino, { type DestinationStream, type Logger } from 'pino';
import type { Redact } from './redact';

export type { Logger } from 'pino';

/**
 * One JSON object per line. Redaction is the last step before a line is written.
 * @param destination receives the lines: `LogBuffer`, or a test's collector
 */
export function createLogger(redact: Redact, destination: DestinationStream): Logger {
  return pino(
    {
      base: null, // process id and host name are useless in a function
      timestamp: isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { cause: describeCause },
      hooks: { streamWrite: redact },
    },
    destination,
  );
}

let lastMs = 0;
let lastSecond = 0;
let upToSecond = '';
let lastTime = '';

/** As `pino.stdTimeFunctions.isoTime`, but formatted once a second: under load that took more than all the rest of a line. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs === lastMs) return lastTime;
  const second = Math.floor(nowMs / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    upToSecond = `,"time":"${new Date(nowMs).toISOString().slice(0, -'000Z'.length)}`;
  }
  lastMs = nowMs;
  lastTime = `${upToSecond}${String(1_000 + nowMs - second * 1_000).slice(1)}Z"`;
  return lastTime;
}

/** Node's message of an error, without its stack, except for bugs: file names do not help an operator. */
function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describeCause(cause.errors[0]);
  if (!(cause instanceof Error)) return 'no Error was thrown';
  return cause.name === 'TypeError' || cause.name === 'RangeError'
    ? (cause.stack ?? cause.message)
    : cause.message;
}
