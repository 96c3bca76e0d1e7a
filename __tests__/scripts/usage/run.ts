import { runUsage } from '../../../scripts/usage/command';
import type { BillOrigins } from '../../../scripts/usage/reconcile/reconcile';
import { inputOf } from '../../helpers/standard-input';

export interface UsageRun {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export interface UsageRunOptions {
  readonly root?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What is piped into standard input; `undefined` if nothing is. */
  readonly input?: string | AsyncIterable<Buffer>;
  readonly nowMs?: number;
  /** Where bills are read. */
  readonly billOrigins?: BillOrigins;
}

/** Runs `npm run usage` in this process. */
export async function usage(args: readonly string[], options: UsageRunOptions = {}): Promise<UsageRun> {
  let output = '';
  let errors = '';
  const { input = '' } = options;
  const status = await runUsage({
    arguments: args,
    environment: options.environment ?? {},
    root: options.root ?? '/nonexistent',
    output: { write: (text) => (output += text) },
    errorOutput: { write: (text) => (errors += text) },
    input: typeof input === 'string' ? inputOf(input, 4_096) : input,
    isPiped: options.input !== undefined,
    now: () => options.nowMs ?? Date.now(),
    retryPauseMs: 1,
    ...(options.billOrigins ? { billOrigins: options.billOrigins } : {}),
  });
  return { status, output, errors };
}

/** The JSON report of lines. */
export async function report(lines: readonly string[], ...args: readonly string[]): Promise<JsonReport> {
  const { output } = await usage(['--json', ...args], { input: lines.join('\n') });
  return JSON.parse(output) as JsonReport;
}

export interface JsonReport {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly total: Readonly<Record<string, unknown>>;
  readonly days: readonly Readonly<Record<string, unknown>>[];
  readonly unpriced_models: readonly Readonly<Record<string, unknown>>[];
  readonly malformed_lines: number;
  readonly ignored_fields: number;
  readonly prices: string;
}

/** The log line of a metered request of 100 input and 10 output tokens. */
export function lineOf(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({
    level: 'info',
    time: '2026-11-28T21:06:03.000Z',
    id: 'r1',
    method: 'POST',
    path: '/v1/chat/completions',
    provider: 'openai',
    token: 'laptop',
    status: 200,
    outcome: 'complete',
    model: 'house-model',
    stream: false,
    meter: 'metered',
    input_tokens: 100,
    output_tokens: 10,
    msg: 'request',
    ...fields,
  });
}
