import { objectIn, type LogRecord } from './records';

/** A line, understood. */
export type Entry =
  | { readonly kind: 'request'; readonly timeMs: number | undefined; readonly fields: Fields }
  /** Another line of the proxy's log. */
  | { readonly kind: 'event'; readonly timeMs: number | undefined; readonly fields: Fields }
  /** A line of the platform about an invocation that failed. */
  | {
      readonly kind: 'platform';
      readonly timeMs: number | undefined;
      readonly text: string;
      readonly statusCode: number | undefined;
    }
  /** Anything else, such as what Node prints when it ends by an error. */
  | { readonly kind: 'text'; readonly timeMs: number | undefined; readonly text: string };

export type Fields = Readonly<Record<string, unknown>>;

/** SCF's lines about every invocation. */
const ROUTINE = /^\s*(?:START|END|Report|Response|Init Report|Provisioned Report|Previsioned Report)\b/;
/** How each line of the proxy begins; Docker's and systemd's tools put a prefix before it. */
const OURS = '{"level":';
const FIRST_ERROR_STATUS = 400;

/** Understands a line; `undefined` for a line of the platform that tells nothing new. */
export function entryOf({ text, timeMs, platform }: LogRecord): Entry | undefined {
  if (platform) {
    const { statusCode } = platform;
    const failed = statusCode !== undefined && statusCode >= FIRST_ERROR_STATUS;
    // The report is the last line of an invocation, and has its status; the others would only repeat it.
    if (ROUTINE.test(text) && !(failed && /^\s*Report\b/.test(text))) return undefined;
    return { kind: 'platform', timeMs, text, statusCode: failed ? statusCode : undefined };
  }
  const from = text.indexOf(OURS);
  const fields = objectIn(from === -1 ? text : text.slice(from));
  if (typeof fields?.['msg'] !== 'string') return { kind: 'text', timeMs, text };
  const written = Date.parse(String(fields['time']));
  return {
    kind: fields['msg'] === 'request' && typeof fields['status'] === 'number' ? 'request' : 'event',
    timeMs: Number.isNaN(written) ? timeMs : written,
    fields,
  };
}

export interface Filter {
  /** Only what failed, and what is not understood. */
  readonly errors: boolean;
  /** Only requests with the access token of this name. */
  readonly token: string | undefined;
  /** Only the lines of the request with this id. */
  readonly id?: string | undefined;
  readonly sinceMs: number | undefined;
}

/** Whether a line is to be shown. */
export function isShown(entry: Entry, { errors, token, id, sinceMs }: Filter): boolean {
  if (sinceMs !== undefined && entry.timeMs !== undefined && entry.timeMs < sinceMs) return false;
  if (token !== undefined && (entry.kind !== 'request' || entry.fields['token'] !== token)) return false;
  if (id !== undefined && (!('fields' in entry) || entry.fields['request_id'] !== id)) return false;
  return !errors || isError(entry);
}

/** A client that disconnects is no error of the proxy. */
export function isError(entry: Entry): boolean {
  if (entry.kind === 'platform' || entry.kind === 'text') return true;
  const { level, status, outcome } = entry.fields;
  if (entry.kind === 'event') return level !== 'info' && level !== 'debug' && level !== 'trace';
  if (outcome === 'caller-left') return false;
  return Number(status) >= FIRST_ERROR_STATUS || outcome !== 'complete';
}
