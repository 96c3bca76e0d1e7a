import type { LogLevel } from '../config/variables';
import type { Redact } from './redact';

/** Where lines are written: `LogBuffer`, the event function's stdout, or a test's collector. */
export interface LogDestination {
  write(line: string): void;
}

/**
 * Members of a line, in their order; `undefined` leaves one out. A `cause` is an error, of which its message is logged.
 */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (fields: LogFields, message: string) => void;

/** A level that is not written. */
export const SILENT: Log = () => undefined;

/** Each call writes one line; none throws. */
export interface Logger {
  /** `undefined` unless such lines are written, so that nothing is made for them. */
  readonly debug?: Log | undefined;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
}

/**
 * One JSON object per line: `level`, `time` (ISO 8601, UTC), the fields, `msg`. Redaction is the last step before a line
 * is written. Not pino: a line a request is on the hot path (docs/decisions/0006).
 */
export function createLogger(redact: Redact, destination: LogDestination, lowest: LogLevel = 'info'): Logger {
  const at =
    (level: LogLevel): Log =>
    (fields, message) => {
      const members = membersOf(fields);
      const separator = members === '' ? '' : ',';
      destination.write(
        redact(`{"level":"${level}",${time()}${separator}${members},"msg":${JSON.stringify(message)}}\n`),
      );
    };
  return {
    debug: lowest === 'debug' ? at('debug') : undefined,
    info: lowest === 'debug' || lowest === 'info' ? at('info') : SILENT,
    warn: lowest === 'error' ? SILENT : at('warn'),
    error: at('error'),
  };
}

function membersOf(fields: LogFields): string {
  const { cause } = fields;
  const described = cause === undefined ? fields : { ...fields, cause: describeCause(cause) };
  try {
    return JSON.stringify(described).slice(1, -1);
  } catch {
    return '"fields":"cannot be written as JSON"'; // a cycle, a BigInt: a line must not fail a request
  }
}

let lastMs = 0;
let lastSecond = 0;
let upToSecond = '';
let lastTime = '';

/** The member `time`. Formatted once a second: under load `toISOString` took more than all the rest of a line. */
function time(): string {
  const nowMs = Date.now();
  if (nowMs === lastMs) return lastTime;
  const second = Math.floor(nowMs / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    upToSecond = `"time":"${new Date(nowMs).toISOString().slice(0, -'000Z'.length)}`;
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
