import { FAILURES, type FailureCode } from '../../../errors/failures';
import type { Language } from '../../index-page/texts';
import { FAILURES_ZH } from '../texts/failures-zh';

/** An error response, or no response. */
export class ApiError extends Error {
  /**
   * @param code of the proxy's table of failures; '' for no response or another's error
   * @param status 0 for no response
   */
  constructor(
    readonly status: number,
    readonly code: string,
    readonly requestId: string,
    message: string,
  ) {
    super(message);
  }
}

/** Where the proxy's pages are, and the token that opens them. */
export interface Access {
  /** The path of the proxy, '' or such as `/release`. */
  readonly base: string;
  /** '' for none: the path may have one. */
  readonly token: string;
}

/** @throws ApiError */
export async function fetchResponse(access: Access, path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(access.base + path, {
    credentials: 'omit',
    cache: 'no-store',
    ...init,
    headers: {
      ...(access.token === '' ? {} : { authorization: `Bearer ${access.token}` }),
      ...(init.headers as Record<string, string> | undefined),
    },
  }).catch((error: unknown) => {
    throw init.signal?.aborted === true ? error : new ApiError(0, '', '', '');
  });
  if (response.ok) return response;
  const { headers, status } = response;
  const body = await response.text().catch(() => '');
  throw new ApiError(
    status,
    headers.get('x-proxy-error') ?? '',
    headers.get('x-proxy-request-id') ?? '',
    messageIn(body),
  );
}

/** @throws ApiError */
export async function fetchJson<T>(access: Access, path: string, signal?: AbortSignal): Promise<T> {
  const response = await fetchResponse(access, path, signal ? { signal } : {});
  return (await response.json()) as T;
}

function messageIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: string | { message?: unknown } };
    const message = typeof error === 'string' ? error : error?.message;
    if (typeof message === 'string') return message;
  } catch {
    // not JSON
  }
  return body.slice(0, 300);
}

/** What a failure of the proxy means and what to do, in the reader's language; `undefined` if it is none. */
export function remedyOf(code: string | null, language: Language): string | undefined {
  if (code === null || !isFailureCode(code)) return undefined;
  return language === 'zh' ? FAILURES_ZH[code] : FAILURES[code].message;
}

function isFailureCode(code: string): code is FailureCode {
  return Object.hasOwn(FAILURES, code);
}
