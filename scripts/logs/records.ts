import type { LogInfo } from '../shared/cls';
import type { SearchLog } from './cls-api';

/** One line of a log, wherever it comes from. */
export interface LogRecord {
  readonly text: string;
  /** Unix time in ms, if the place that keeps the line knows it. */
  readonly timeMs?: number;
  /** Set for a line that SCF itself has written. */
  readonly platform?: { readonly statusCode: number | undefined };
}

export interface CloudLogOptions {
  readonly search: SearchLog;
  readonly topicId: string;
  /** Several functions write to one topic. */
  readonly functionName: string;
  readonly fromMs: number;
  /** Waits between two searches, and says whether to continue; `undefined` to read once. */
  readonly follow: (() => Promise<boolean>) | undefined;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const PAGE_SIZE = 1_000;
/** CLS gives no more than this by one context. */
const MAX_BY_CONTEXT = 10_000;
/** Lines reach CLS late and out of order, so this much is searched again; what was seen is left out. */
const LATE_MS = 60_000;

/** The lines of a function in CLS, the oldest first. */
export async function* cloudRecords(options: CloudLogOptions): AsyncGenerator<LogRecord> {
  const { follow, now } = options;
  /** The lines that a later search would find again, with their times. */
  const seen = new Map<string, number>();
  let fromMs = options.fromMs;
  for (;;) {
    const toMs = now();
    yield* between(fromMs, toMs, seen, options);
    if (!follow || !(await follow())) return;
    fromMs = Math.max(fromMs, toMs - LATE_MS);
    forget(seen, fromMs);
  }
}

async function* between(
  fromMs: number,
  toMs: number,
  seen: Map<string, number>,
  { search, topicId, functionName }: CloudLogOptions,
): AsyncGenerator<LogRecord> {
  let startMs = fromMs;
  for (;;) {
    let context: string | undefined;
    let read = 0;
    let lastMs = startMs;
    for (;;) {
      const page = await search({
        TopicId: topicId,
        From: startMs,
        To: toMs,
        Query: `SCF_FunctionName:"${functionName}"`,
        SyntaxRule: 1,
        Sort: 'asc',
        Limit: PAGE_SIZE,
        ...(context === undefined ? {} : { Context: context }),
      });
      for (const line of page.Results ?? []) {
        read++;
        lastMs = Math.max(lastMs, line.Time);
        const id = `${line.PkgId}/${line.PkgLogId}`;
        if (seen.has(id)) continue;
        seen.set(id, line.Time);
        yield recordOf(line);
      }
      if (read >= MAX_BY_CONTEXT) break; // before ListOver, which may only mean the end of what the context gives
      if (page.ListOver || (page.Results ?? []).length === 0) return;
      context = page.Context;
    }
    startMs = Math.max(lastMs, startMs + 1);
    forget(seen, startMs);
  }
}

function forget(seen: Map<string, number>, beforeMs: number): void {
  for (const [id, timeMs] of seen) if (timeMs < beforeMs) seen.delete(id);
}

/** A line as CLS keeps it: SCF's fields, with what the function wrote in one of them. */
export function recordOf({ Time: timeMs, LogJson, RawLog }: LogInfo): LogRecord {
  const fields = objectIn(LogJson);
  if (!fields) return { timeMs, text: LogJson === '' ? (RawLog ?? '') : LogJson };
  const text = messageIn(fields);
  if (fields['SCF_Type'] !== 'Platform') return { timeMs, text };
  const status = Number(fields['SCF_StatusCode']);
  return { timeMs, text, platform: { statusCode: Number.isInteger(status) ? status : undefined } };
}

/** Whether CLS takes a JSON line apart is not known for web functions: each form gives the line that was written. */
function messageIn(fields: Readonly<Record<string, unknown>>): string {
  const message = fields['SCF_Message'];
  if (typeof message === 'string') return message.replace(/\n$/, '');
  if (message !== undefined) return JSON.stringify(message);
  const own = Object.entries(fields).filter(([name]) => !/^(?:SCF|__)_?/.test(name));
  return JSON.stringify(Object.fromEntries(own));
}

/** `undefined` if the text is not a JSON object. */
export function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
