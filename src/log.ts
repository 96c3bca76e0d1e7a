import pino, { type DestinationStream, type Logger } from 'pino';
import type { Redact } from './redact';

export type { Logger } from 'pino';

/**
 * One JSON object a line. Every line passes the redaction as the last thing before it is written.
 * @param destination where they go: `LogBuffer`, or a test that collects them
 */
export function createLogger(redact: Redact, destination: DestinationStream): Logger {
  return pino(
    {
      base: null, // process id and host name say nothing in a function
      timestamp: isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { cause: describeCause },
      hooks: { streamWrite: redact },
    },
    destination,
  );
}

let lastMs = 0;
let lastTime = '';

/** As `pino.stdTimeFunctions.isoTime`, but written once a millisecond: under load several lines share one. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = `,"time":"${new Date(nowMs).toISOString()}"`;
  }
  return lastTime;
}

/** What Node says of an error, without its stack, which would name files and nothing that helps an operator. */
function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return describeCause(cause.errors[0]);
  if (!(cause instanceof Error)) return 'no Error was thrown';
  return cause.name === 'TypeError' || cause.name === 'RangeError'
    ? (cause.stack ?? cause.message)
    : cause.message;
}
