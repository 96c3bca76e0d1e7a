import type { IncomingHttpHeaders } from 'node:http';
import type { Classification } from '../../../../src/providers/errors/error-response';

export const NOW = Date.parse('2026-01-01T00:00:00Z');

/** One error response as a provider sends it, and what it means for the key. */
export interface Row {
  readonly provider: string;
  readonly status: number;
  /** What happened, and where it is documented or reported. */
  readonly says: string;
  readonly body: unknown;
  readonly want: Classification;
  readonly headers?: IncomingHttpHeaders;
  /** A chat's, if absent. */
  readonly path?: string;
  /** The code on the log line, where that is of interest. */
  readonly code?: string;
}

export const OK = { kind: 'ok' } as const;
export const INVALID = { kind: 'invalid' } as const;
export const OUT = { kind: 'out-of-credit' } as const;
export const LIMITED = { kind: 'rate-limited' } as const;
export const NOT_PERMITTED = { kind: 'not-permitted' } as const;
export const EGRESS = { kind: 'egress-refused' } as const;
export const UNAVAILABLE = { kind: 'unavailable' } as const;

/** `{"error": {message, type, param, code}}` */
export function openaiForm(
  message: string,
  type: string | null,
  code: string | number | null = null,
  param: string | null = null,
) {
  return { error: { message, type, param, code } };
}

export function anthropicForm(type: string, message: string, errorCode?: string) {
  const details = errorCode === undefined ? {} : { details: { error_code: errorCode } };
  return { type: 'error', error: { type, message, ...details }, request_id: 'req_1' };
}

export function googleForm(code: number, status: string, message: string, details?: readonly unknown[]) {
  return { error: { code, message, status, ...(details ? { details } : {}) } };
}

export function googleReason(reason: string) {
  return [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }];
}
