import { parseArgs } from 'node:util';
import { durationMs } from '../shared/duration';

export const USAGE = `npm run logs [-- FILE] [--follow] [--since 1h] [--errors] [--token NAME] [--id ID] [--region R] [--json]

Prints the log of the function that serverless.yml describes, one short line a request. With FILE it reads a file with the
log of Docker or the executable; with "-" standard input.

  --follow  waits for further lines; Ctrl-C ends it
  --since   how far back: 30s, 15m, 1h, 2d; by default 1h, and a file or standard input from the beginning
  --errors  only what failed
  --token   only requests with the access token of this name
  --id      only the request with this id, which each response has in x-proxy-request-id, and errors in their message
  --region  one of inputs.regions in serverless.yml; by default the first
  --json    the lines as the proxy has written them

"logs: off" under inputs in serverless.yml turns the log of the function off at the next deployment.`;

export interface LogArguments {
  /** A file, `-` for standard input, or `undefined` for the function's log in CLS. */
  readonly file: string | undefined;
  readonly follow: boolean;
  readonly errors: boolean;
  readonly json: boolean;
  readonly token: string | undefined;
  readonly id: string | undefined;
  /** Of the function; `undefined` for the first region of serverless.yml. */
  readonly region: string | undefined;
  readonly sinceMs: number | undefined;
  readonly help: boolean;
}

/** `undefined` if they are not valid. */
export function parseArguments(args: readonly string[]): LogArguments | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        follow: { type: 'boolean', short: 'f', default: false },
        since: { type: 'string' },
        errors: { type: 'boolean', default: false },
        token: { type: 'string' },
        id: { type: 'string' },
        region: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const { follow, errors, json, help, token, id, region, since } = values;
    const sinceMs = since === undefined ? undefined : durationMs(since);
    if (positionals.length > 1 || Number.isNaN(sinceMs)) return undefined;
    if (positionals.length > 0 && region !== undefined) return undefined;
    return { file: positionals[0], follow, errors, json, token, id, region, sinceMs, help };
  } catch {
    return undefined;
  }
}
