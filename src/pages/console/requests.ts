import type { FailedAttempt } from '../../proxy/exchange/access-record';
import type { RecentRequest } from './recent-requests';
import type { AttemptRow, OwnErrors, RequestRow, RequestsReport } from './report';
import { CAPACITY, type RecentRequests } from './recent-requests';

/** What is said of a failure of ours, in English; `undefined` if the code is none. */
export type MessageOf = (code: string) => string | undefined;

const MAX_ERRORS = 50;

export function requestRow(request: RecentRequest, messageOf: MessageOf): RequestRow {
  const { usage, failure } = request;
  const tokens = usage && (usage.input ?? 0) + (usage.output ?? 0);
  return {
    seq: request.seq,
    id: request.id,
    at_ms: request.atMs,
    token: request.token ?? null,
    method: request.method,
    path: request.path,
    provider: request.provider,
    model: request.model ?? null,
    model_served: request.modelServed ?? null,
    stream: request.isStream ?? null,
    status: request.status,
    outcome: request.outcome,
    is_error: request.isError,
    error: failure ?? null,
    message: (failure === undefined ? undefined : messageOf(failure)) ?? null,
    upstream_error: request.upstreamError ?? null,
    meter: request.meter ?? null,
    input_tokens: usage?.input ?? null,
    cached_input_tokens: usage?.cachedInput ?? null,
    output_tokens: usage?.output ?? null,
    reasoning_tokens: usage?.reasoning ?? null,
    tokens: tokens ?? null,
    nano_usd: request.nanoUsd ?? null,
    first_token_ms: tenths(request.firstTokenMs),
    first_byte_ms: tenths(request.firstByteMs),
    ms: tenths(request.ms) ?? 0,
    tokens_per_second: request.tokensPerSecond ?? null,
    bytes: request.bytes,
    attempts: request.attempts,
    tried: triedBy(request),
  };
}

/** The attempts that failed, and the last one, which the rest of the request tells of. */
function triedBy(request: RecentRequest): readonly AttemptRow[] {
  const { attempts, failedAttempts = [], provider, key, status, failure, upstreamError } = request;
  const failed = failedAttempts.map(attemptRow);
  if (attempts === 0 || failedAttempts.at(-1)?.attempt === attempts) return failed;
  // After a failure of ours the status is the proxy's.
  return [
    ...failed,
    {
      provider,
      key: key ?? null,
      status: failure === undefined ? status : null,
      code: upstreamError ?? failure ?? null,
      why: null,
    },
  ];
}

function attemptRow({ provider, key, status, code, why }: FailedAttempt): AttemptRow {
  return { provider, key: key ?? null, status: status ?? null, code: code ?? null, why: why ?? null };
}

/** Whether a request is wanted, by one parameter's text; `undefined` if that has no such form. */
type Filter = (text: string) => ((request: RecentRequest) => boolean) | undefined;

const FILTERS: Readonly<Record<string, Filter>> = {
  token: (text) => (request) => request.token === text,
  model: (text) => (request) => request.model === text || request.modelServed === text,
  provider: (text) => (request) => request.provider === text,
  outcome: (text) => (request) => request.outcome === text,
  error: (text) => (request) => request.failure === text || request.upstreamError === text,
  status(text) {
    if (/^[1-5]xx$/.test(text)) return ({ status }) => Math.floor(status / 100) === Number(text[0]);
    return /^[1-5]\d\d$/.test(text) ? ({ status }) => status === Number(text) : undefined;
  },
  failed: flag((request) => request.isError),
  stream: flag((request) => request.isStream === true),
  min_ms: (text) => (/^\d{1,9}$/.test(text) ? ({ ms }) => ms >= Number(text) : undefined),
  after: (text) => (/^\d{1,15}$/.test(text) ? ({ seq }) => seq > Number(text) : undefined),
  limit: (text) => (limitIn(text) === undefined ? undefined : () => true),
};

const DEFAULT_LIMIT = 100;

/** @returns `undefined` if a parameter is not known or has no such form */
export function requestsReport(
  list: RecentRequests,
  query: ReadonlyMap<string, string>,
  { instance, messageOf }: { readonly instance: string; readonly messageOf: MessageOf },
): RequestsReport | undefined {
  const wanted: ((request: RecentRequest) => boolean)[] = [];
  for (const [name, text] of query) {
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name]?.(text) : undefined;
    if (!filter) return undefined;
    wanted.push(filter);
  }
  const all = list.newest();
  const matching = all.filter((request) => wanted.every((isWanted) => isWanted(request)));
  const limit = limitIn(query.get('limit') ?? String(DEFAULT_LIMIT)) ?? DEFAULT_LIMIT;
  return {
    scope: 'instance',
    instance,
    since_ms: all.at(-1)?.atMs ?? null,
    kept: all.length,
    capacity: CAPACITY,
    matching: matching.length,
    requests: matching.slice(0, limit).map((request) => requestRow(request, messageOf)),
  };
}

/** The last errors of one token. */
export function ownErrors(list: RecentRequests | undefined, token: string, messageOf: MessageOf): OwnErrors {
  const errors = (list?.newest() ?? []).filter((request) => request.isError && request.token === token);
  return {
    scope: 'instance',
    kept: list !== undefined,
    errors: errors.slice(0, MAX_ERRORS).map((request) => {
      const { id, at_ms, provider, model, status, outcome, error, message, upstream_error } = requestRow(
        request,
        messageOf,
      );
      const retry = request.isWorthRepeating ?? null;
      return { id, at_ms, provider, model, status, outcome, error, message, upstream_error, retry };
    }),
  };
}

function flag(is: (request: RecentRequest) => boolean): Filter {
  return (text) => (text === '1' ? is : text === '0' ? (request) => !is(request) : undefined);
}

function limitIn(text: string): number | undefined {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= CAPACITY ? limit : undefined;
}

function tenths(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10;
}
