import http from 'node:http';
import { closeAll, listenOnLoopback } from '../../../../scripts/shared/loopback';
import type { BillOrigins } from '../../../../scripts/usage/reconcile/reconcile';

export const OPENAI_KEY = 'sk-admin-planted-0123456789';
export const ANTHROPIC_KEY = 'sk-ant-admin01-planted-0123456789';

/** What was used on one day: USD by line item or description, tokens by model. */
export interface FakeDay {
  readonly costs?: readonly (readonly [item: string, usd: string])[];
  readonly tokens?: readonly (readonly [model: string, input: number, cached: number, output: number])[];
}
export type FakeDays = Readonly<Record<string, FakeDay>>;
export type Respond = (response: http.ServerResponse, url: URL) => void;

export interface FakeBills {
  readonly origins: BillOrigins;
  readonly urls: string[];
  /** Replaces all responses. */
  respond: Respond | undefined;
  close(): Promise<void>;
}

/** OpenAI's and Anthropic's admin APIs: their parameters, limits, pages of two days, shapes and units. */
export async function startFakeBills(openai: FakeDays, anthropic: FakeDays = {}): Promise<FakeBills> {
  const urls: string[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://fake');
    urls.push(url.pathname + url.search);
    if (fake.respond) {
      fake.respond(response, url);
      return;
    }
    const [status, body] = url.pathname.startsWith('/v1/organization/')
      ? openAi(url, request.headers.authorization, openai)
      : anthropicApi(url, request.headers, anthropic);
    json(response, status, body);
  });
  const origin = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  const fake: FakeBills = {
    origins: { openai: origin, anthropic: origin },
    urls,
    respond: undefined,
    close: () => closeAll(server),
  };
  return fake;
}

export function json(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

type Reply = readonly [status: number, body: unknown];
const PAGE_DAYS = 2;
const DAY_MS = 86_400_000;

function pageOf(fromMs: number, toMs: number, page: string | null, bucketOf: (dayMs: number) => unknown) {
  const begin = page === null ? fromMs : Number(page.replace('page_', ''));
  const next = begin + PAGE_DAYS * DAY_MS;
  const data: unknown[] = [];
  for (let atMs = begin; atMs < Math.min(next, toMs); atMs += DAY_MS) data.push(bucketOf(atMs));
  return { data, has_more: next < toMs, next_page: next < toMs ? `page_${next}` : null };
}

function openAi(url: URL, authorization: string | undefined, days: FakeDays): Reply {
  if (authorization !== `Bearer ${OPENAI_KEY}`)
    return [
      401,
      { error: { message: `Incorrect API key provided: ${authorization}`, code: 'invalid_api_key' } },
    ];
  const { searchParams: query } = url;
  const costs = url.pathname === '/v1/organization/costs';
  if (!costs && url.pathname !== '/v1/organization/usage/completions') return [404, {}];
  const limit = Number(query.get('limit'));
  const group = costs ? 'line_item' : 'model';
  if (!(limit >= 1 && limit <= (costs ? 180 : 31)) || query.get('group_by[]') !== group)
    return [400, { error: { message: 'bad parameters' } }];
  const [from, to] = [Number(query.get('start_time')) * 1_000, Number(query.get('end_time')) * 1_000];
  const page = pageOf(from, to, query.get('page'), (atMs) => {
    const day = days[new Date(atMs).toISOString().slice(0, 10)] ?? {};
    const items = (day.costs ?? []).map(([line_item, usd], at) => ({
      object: 'organization.costs.result',
      amount: { value: at === 0 ? usd : Number(usd), currency: 'usd' }, // both forms are sent
      line_item,
      project_id: null,
    }));
    const tokens = (day.tokens ?? []).map(([model, input, cached, output]) => ({
      object: 'organization.usage.completions.result',
      input_tokens: input + cached,
      input_cached_tokens: cached,
      output_tokens: output,
      num_model_requests: 1,
      model,
    }));
    const [start_time, end_time] = [atMs / 1_000, (atMs + DAY_MS) / 1_000];
    return { object: 'bucket', start_time, end_time, results: costs ? items : tokens };
  });
  return [200, { object: 'page', ...page }];
}

function anthropicApi(url: URL, headers: http.IncomingHttpHeaders, days: FakeDays): Reply {
  if (headers['x-api-key'] !== ANTHROPIC_KEY || headers['anthropic-version'] !== '2023-06-01')
    return [401, { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } }];
  const { searchParams: query } = url;
  const costs = url.pathname === '/v1/organizations/cost_report';
  if (!costs && url.pathname !== '/v1/organizations/usage_report/messages') return [404, {}];
  const limit = Number(query.get('limit'));
  const group = costs ? 'description' : 'model';
  if (!(limit >= 1 && limit <= 31) || query.get('group_by[]') !== group)
    return [400, { type: 'error', error: { type: 'invalid_request_error', message: 'bad parameters' } }];
  const range = ['starting_at', 'ending_at'].map((name) => Date.parse(query.get(name) ?? ''));
  const rfc3339 = (ms: number) => new Date(ms).toISOString().replace('.000', '');
  return [
    200,
    pageOf(range[0] ?? 0, range[1] ?? 0, query.get('page'), (atMs) => {
      const day = days[new Date(atMs).toISOString().slice(0, 10)] ?? {};
      const items = (day.costs ?? []).map(([item, usd]) => ({
        amount: String(Number(usd) * 100),
        currency: 'USD',
        cost_type: item.startsWith('claude') ? 'tokens' : 'web_search',
        description: item.startsWith('claude') ? `${item} Usage - Input Tokens` : item,
        model: item.startsWith('claude') ? item : null,
        workspace_id: null,
      }));
      const tokens = (day.tokens ?? []).map(([model, input, cached, output]) => ({
        uncached_input_tokens: input - 3,
        cache_creation: { ephemeral_1h_input_tokens: 1, ephemeral_5m_input_tokens: 2 },
        cache_read_input_tokens: cached,
        output_tokens: output,
        server_tool_use: { web_search_requests: 0 },
        model,
      }));
      return {
        starting_at: rfc3339(atMs),
        ending_at: rfc3339(atMs + DAY_MS),
        results: costs ? items : tokens,
      };
    }),
  ];
}
