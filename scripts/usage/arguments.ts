import { parseArgs } from 'node:util';
import { durationMs } from '../shared/duration';
import { DAY_MS } from '../../src/clock/calendar-window';
import { MAX_DAYS } from './reconcile/reconcile';
import { DIMENSIONS as REDIS_DIMENSIONS } from '../../src/books/report';
import { DIMENSIONS, type Dimension } from './request-usage';

export const USAGE = `npm run usage [-- FILE] [--since 30d] [--by token,model] [--csv | --json]
npm run usage -- --redis [URL] [--since 30d] [--by token,model] [--csv | --json]
npm run usage -- --reconcile [FILE] [--since 7d] [--csv | --json]

Sums up what the access log says of tokens and money. It reads the log of the function that serverless.yml describes; with
FILE a file with the log of Docker or the executable; standard input if something is piped into it, or with "-".

  --since  how far back: 15m, 24h, 30d; by default 30d, and a file or standard input from the beginning
  --by     what a row stands for, one or more of ${DIMENSIONS.join(', ')}; by default token,model
  --redis  reads the sums of all instances from Redis, by default the one of REDIS_URL (from the environment or .env): whole
           days of UTC, by ${REDIS_DIMENSIONS.join(', ')}
  --csv    the rows as CSV, without the totals
  --json   rows, totals and days as one JSON object
  --reconcile  compares each day with the bill of OpenAI (OPENAI_ADMIN_KEY) and Anthropic (ANTHROPIC_ADMIN_KEY), which are
           given to this command alone: the days before this one, by default 7, at most ${MAX_DAYS}; exit status 1 if a day
           whose requests are all metered differs by more than 1 %

Days and hours are of UTC. Tokens and usd are of metered requests: what the provider itself has reported.`;

export interface UsageArguments {
  /** A file, `-` for standard input, or `undefined` if none is given. */
  readonly file: string | undefined;
  /** The address of a Redis, or empty for that of REDIS_URL; `undefined` if the log is meant. */
  readonly redis: string | undefined;
  readonly sinceMs: number | undefined;
  readonly by: readonly Dimension[];
  readonly form: 'table' | 'csv' | 'json';
  /** Compares the log with the providers' bills, in place of summing it up. */
  readonly reconcile: boolean;
  readonly help: boolean;
}

/** `undefined` if they are not valid. */
export function parseArguments(args: readonly string[]): UsageArguments | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: withRedisUrl(args),
      allowPositionals: true,
      options: {
        since: { type: 'string' },
        by: { type: 'string' },
        redis: { type: 'string' },
        csv: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        reconcile: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { since, csv, json, reconcile, help, redis } = values;
    const sinceMs = since === undefined ? undefined : durationMs(since);
    const names = (values.by ?? 'token,model').split(',').map((name) => name.trim());
    const by = DIMENSIONS.filter((dimension) => names.includes(dimension));
    if (positionals.length > 1 || Number.isNaN(sinceMs) || (csv && json)) return undefined;
    if (by.length !== names.length) return undefined; // an unknown one, or one twice
    if (reconcile && (values.by !== undefined || (sinceMs ?? 0) > MAX_DAYS * DAY_MS)) return undefined;
    if (redis !== undefined) {
      if (reconcile || positionals.length > 0) return undefined;
      if (!by.every((one) => REDIS_DIMENSIONS.some((other) => other === one))) return undefined;
    }
    by.sort((one, other) => names.indexOf(one) - names.indexOf(other));
    const form = csv ? 'csv' : json ? 'json' : 'table';
    return { file: positionals[0], redis, sinceMs, by, form, reconcile, help };
  } catch {
    return undefined;
  }
}

/** With the value of `--redis`, which is empty if none follows. */
function withRedisUrl(args: readonly string[]): string[] {
  return args.map((argument, at) =>
    argument === '--redis' && (args[at + 1] ?? '-').startsWith('-') ? '--redis=' : argument,
  );
}
