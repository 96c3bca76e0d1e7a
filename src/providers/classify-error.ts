import type { Classification, ErrorResponse } from './error-response';
import type { Provider } from './provider';

export function classifyError(
  _provider: Provider,
  response: ErrorResponse,
): { readonly classification: Classification; readonly code: string | undefined } {
  const text = JSON.stringify(response.body ?? '');
  if (response.status === 401) return { classification: { kind: text.includes('Missing scopes') ? 'not-permitted' : 'invalid' }, code: undefined };
  if (text.includes('insufficient_quota')) return { classification: { kind: 'out-of-credit' }, code: undefined };
  if (response.status === 429) return { classification: { kind: 'rate-limited', retryAfterMs: Number(response.headers['retry-after'] ?? 20) * 1000 }, code: undefined };
  if (response.status >= 502) return { classification: { kind: 'unavailable' }, code: undefined };
  return { classification: { kind: 'ok' }, code: undefined };
}

export function failureInEvent(
  _provider: Provider,
  data: unknown,
): { readonly status: number; readonly body: unknown } | undefined {
  return typeof data === 'object' && data !== null && 'error' in data ? { status: 429, body: data } : undefined;
}
