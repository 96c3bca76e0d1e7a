/**
 * The JSON of the console's pages and of a token's own. Both sides use these types: they import nothing.
 *
 * Times are Unix time in ms (`_ms` of a moment) or durations in ms; money is whole nano-dollars (10⁻⁹ US dollars), and `null`
 * if it is not known. A count of tokens is of input and output together unless it says otherwise. Nothing here holds a key, an
 * access token, a client's address, a body or a query string. Error responses are those of the proxy's table of failures.
 *
 * | GET                                              | token         | body                          |
 * | ------------------------------------------------ | ------------- | ----------------------------- |
 * | `/-/console/overview?range=24h`, `?range=30d`    | admin         | `Overview`                    |
 * | `/-/console/tokens?limit=100&cursor=…&find=…`    | admin         | `TokensReport`                |
 * | `/-/console/keys`                                | admin         | `KeysReport`                  |
 * | `/-/console/requests?…`                          | admin         | `RequestsReport`              |
 * | `/-/console/events`                              | admin         | events, see `ConsoleEvents`   |
 * | `/-/console/health`                              | admin         | `HealthReport`                |
 * | `/-/me`                                          | access token  | as in docs                    |
 * | `/-/me/errors`                                   | access token  | `OwnErrors`                   |
 * | `/-/me/status`                                   | access token  | `OwnStatus`                   |
 */

/** Whose requests figures are of, and since when all of them are counted. */
export interface Scope {
  /** `instance`: of the instance that responds alone. `all`: of all that share a Redis. */
  readonly scope: 'instance' | 'all';
  readonly since_ms: number;
}

/** What some requests have used. */
export interface Use {
  readonly requests: number;
  /** How many of them failed, here or at the provider. */
  readonly errors: number;
  readonly tokens: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** What they cost at least; `null` if there are some and none has a price. */
  readonly nano_usd: number | null;
  /** How many of those whose tokens are known have no price. */
  readonly unpriced: number;
  /** How many are known wholly, in part, or not at all; the others use nothing. */
  readonly metered: number;
  readonly partial: number;
  readonly unmetered: number;
}

/**
 * The time until the first token of streams; `null` if there were none. They are counted in classes: at most a tenth off, and what
 * is shorter than 30 ms counts as that.
 */
export interface FirstToken {
  readonly count: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** One line of the chart; its lists are as long as `starts_ms`. */
export interface Series {
  /** `null` for requests without one, or if it is not known. */
  readonly name: string | null;
  /** Of everything that has no line of its own. */
  readonly other?: true;
  readonly requests: readonly number[];
  readonly errors: readonly number[];
  readonly tokens: readonly number[];
  /** Requests without a price count as 0. */
  readonly nano_usd: readonly number[];
}

/** What is unmetered or partial, most first. */
export interface UnmeteredRow {
  readonly token: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly requests: number;
  readonly partial: number;
  readonly unmetered: number;
}

export type Range = '24h' | '30d';

export interface Overview {
  readonly now_ms: number;
  readonly range: Range;
  /** Of days of UTC. */
  readonly today: Scope & Use;
  readonly yesterday: Scope & Use;
  readonly first_token: Scope & { readonly today: FirstToken; readonly yesterday: FirstToken };
  /** Of the hours of `24h` or the days of `30d`: the last is the current one. `total` is their sum. */
  readonly series: Scope & {
    readonly total: Use;
    /** When each hour or day begins. */
    readonly starts_ms: readonly number[];
    /** At most 12 lines each, what has used most tokens first; `other` is the last. */
    readonly token: readonly Series[];
    readonly model: readonly Series[];
    readonly provider: readonly Series[];
  };
  /** Of the same range; at most 20 rows. */
  readonly unmetered: { readonly rows: readonly UnmeteredRow[]; readonly truncated: boolean };
  /** Where prices come from, for a person, in English. */
  readonly prices: string;
}

export interface LimitRow {
  readonly kind: 'requests-per-minute' | 'concurrency' | 'tokens-per-minute' | 'money';
  /** Of money, whose `limit`, `used` and `left` are nano-dollars. */
  readonly period: 'day' | 'week' | 'month' | 'total' | null;
  readonly limit: number;
  readonly used: number;
  readonly left: number;
  readonly resets_at_ms: number | null;
}

export interface TokenRow {
  readonly name: string;
  /**
   * `static`: of ACCESS_TOKENS. `signed`: this instance has seen it. `unknown`: there is only its use; it is a signed token
   * that this instance has not seen, or was removed.
   */
  readonly kind: 'static' | 'signed' | 'unknown';
  /** Of a signed token, `mum~t5k2x9`: what REVOKED_TOKENS takes. */
  readonly id: string | null;
  readonly issued_at_ms: number | null;
  readonly expires_at_ms: number | null;
  /** `null` if it is not known. */
  readonly state: 'valid' | 'expired' | 'revoked' | null;
  readonly limits: readonly LimitRow[];
  /** What it may use; `null` for everything. */
  readonly models: readonly string[] | null;
  readonly providers: readonly string[] | null;
  /** All tokens of one name share their use. */
  readonly today: Use;
  readonly month: Use;
  /** Of a request that this instance has had in its list; `last_day_ms` is the last day with use, of the scope. */
  readonly last_seen_ms: number | null;
  readonly last_day_ms: number | null;
  /**
   * From how many networks (IPv4 /16, IPv6 /32) and by how many clients this instance has seen it used, 16 at most; `null` if
   * that is not counted (NEW_PLACE_WARNINGS). A client's country is not known.
   */
  readonly networks: number | null;
  readonly clients: number | null;
}

export interface TokensReport extends Scope {
  /** By name. At most `limit` (100; at most 500). */
  readonly tokens: readonly TokenRow[];
  /** How many there are in all. */
  readonly total: number;
  /** For the next page; `null` after the last. */
  readonly cursor: string | null;
  /** Whether there are more than can be listed at all. */
  readonly truncated: boolean;
  /** What tokens have used for which the books had no row left: they are listed with less than that. `null` if there are none. */
  readonly rest: { readonly today: Use; readonly month: Use } | null;
}

export type KeyReason = 'invalid' | 'out-of-credit' | 'budget-spent' | 'rate-limited';

export interface KeyRow {
  /** As the log and `/-/keys` call it: its last four characters and a hash. */
  readonly alias: string;
  /** `cooling`: not used for some models. */
  readonly state: 'live' | 'cooling' | 'out';
  /** Why it is not used; `null` if it is. */
  readonly reason: KeyReason | null;
  /** The same in English words. */
  readonly why: string | null;
  readonly until_ms: number | null;
  /** For which models it is not used; at most 64. */
  readonly models: readonly {
    readonly model: string;
    readonly endpoint: string;
    readonly until_ms: number;
  }[];
  readonly weight: number;
  readonly open: number;
  /** Since this instance began. */
  readonly requests: number;
  readonly failures: number;
  /** `failures / requests`; `null` without requests. */
  readonly error_share: number | null;
  readonly budget: {
    readonly nano_usd: number;
    readonly spent_nano_usd: number;
    readonly per: string;
  } | null;
  /** Of the requests in the list that it has served: until the first byte. */
  readonly latency: { readonly count: number; readonly p50_ms: number; readonly p95_ms: number } | null;
}

export interface Egress {
  /** The proxy's own address as the provider sees it. */
  readonly ip: string | null;
  /** ISO 3166-1. */
  readonly country: string | null;
  readonly colo: string | null;
  readonly verdict: 'allowed' | 'refused' | 'unknown';
  readonly reason?: string;
}

export interface ProviderKeys {
  readonly provider: string;
  readonly keys: readonly KeyRow[];
  /** How many keys it has in all, and how many of them are `live`, whether they are listed or not. */
  readonly total: number;
  readonly ready: number;
  /** `null` if it cannot be known, or is not known yet: asking for it has begun, the next request may have it. */
  readonly egress: Egress | null;
}

export interface KeysReport {
  readonly now_ms: number;
  /** All with keys of the server's. */
  readonly providers: readonly ProviderKeys[];
  /** Whether keys were left out: 500 are listed at most, those that are out and those most used first. */
  readonly truncated: boolean;
}

/** One attempt to have a request served. */
export interface AttemptRow {
  readonly provider: string;
  readonly key: string | null;
  /** Of the provider's response; `null` if there was none. */
  readonly status: number | null;
  /** The provider's own code of the error, or ours if there was no response; `null` of a good response. */
  readonly code: string | null;
  /** What the error means: `rate-limited`, `invalid`, … ; `null` if nothing is known of that. */
  readonly why: string | null;
}

export interface RequestRow {
  /** Counts the requests of this instance; the later the higher. */
  readonly seq: number;
  /** As in the log and in `x-proxy-request-id`. */
  readonly id: string;
  /** When it ended. */
  readonly at_ms: number;
  readonly token: string | null;
  readonly method: string;
  /** A known path, or a `…` in the place of what is not. */
  readonly path: string;
  readonly provider: string;
  /** What was asked for, and what has served it if that is another. */
  readonly model: string | null;
  readonly model_served: string | null;
  readonly stream: boolean | null;
  readonly status: number;
  /** `complete`, `caller-left`, `failed-in-stream`, `upstream-<status>`, or the code of a failure of ours. */
  readonly outcome: string;
  /** Whether it counts as an error. */
  readonly is_error: boolean;
  /** A failure of ours; its text is in the documents and in `/-/me/errors`. */
  readonly error: string | null;
  /** The remedy of `error`, in English. */
  readonly message: string | null;
  /** The provider's own code. */
  readonly upstream_error: string | null;
  readonly meter: 'metered' | 'partial' | 'unmetered' | null;
  readonly input_tokens: number | null;
  readonly cached_input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly tokens: number | null;
  readonly nano_usd: number | null;
  /** Of a stream. */
  readonly first_token_ms: number | null;
  readonly first_byte_ms: number | null;
  readonly ms: number;
  /** Output tokens a second, of a stream. */
  readonly tokens_per_second: number | null;
  readonly bytes: number;
  readonly attempts: number;
  /** The first ones that failed, 15 at most, and then the last. One without a key had no key to be sent with. */
  readonly tried: readonly AttemptRow[];
}

/**
 * The last requests of this instance, newest first. Filters: `token`, `model`, `provider`, `outcome`, `error` (a code of ours or
 * the provider's), each the whole value; `status` as `429` or `4xx`; `failed=1`; `stream=0|1`; `min_ms`; `after` (a `seq`);
 * `limit` (100; at most 300). Names that are not known are `bad-parameter`.
 */
export interface RequestsReport {
  readonly scope: 'instance';
  readonly instance: string;
  /** Of the oldest that is kept; `null` if there is none. */
  readonly since_ms: number | null;
  /** How many are kept, and at most. */
  readonly kept: number;
  readonly capacity: number;
  /** How many match; `requests` may hold fewer. */
  readonly matching: number;
  readonly requests: readonly RequestRow[];
}

/**
 * Server-sent events of `/-/console/events`, by name, with the type of their `data`. A comment comes every 15 s. The `id` of a
 * `request` is its `seq`; with `Last-Event-ID` those in between that are still kept come first. Read it with `fetch` and not with
 * `EventSource`, which cannot send a token; reconnect after the `retry` (ms) that the stream has said.
 */
export interface ConsoleEvents {
  /** The first one. */
  readonly hello: { readonly instance: string; readonly now_ms: number };
  readonly request: RequestRow;
  /** The last one, if the server ends it: `stopping` (of the instance), `deadline` (of the function). */
  readonly end: { readonly reason: 'stopping' | 'deadline' };
}

export interface Check {
  /** `egress`, `redis`, `tokens`, `keys`, `clock`, …; the page has its texts by it. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, and what to do, in English. */
  readonly message: string;
  readonly remedy: string | null;
}

export interface InstanceRow {
  readonly instance: string;
  readonly version: string;
  readonly commit: string;
  readonly seen_ms: number;
}

export interface HealthReport {
  readonly now_ms: number;
  readonly version: string;
  readonly commit: string;
  readonly node: string;
  readonly instance: string;
  /** Of the platform; `null` elsewhere. */
  readonly region: string | null;
  readonly function: string | null;
  readonly uptime_ms: number;
  /**
   * Those whose `/-/console/health` was asked in the last ten minutes, this one included, newest first, 100 at most; `null`
   * without Redis. Others may run as well.
   */
  readonly instances: readonly InstanceRow[] | null;
  readonly memory: {
    readonly rss_bytes: number;
    readonly heap_used_bytes: number;
    readonly external_bytes: number;
    /** The function's or the container's; `null` if there is none. */
    readonly limit_bytes: number | null;
  };
  /** Requests that run now, this one included, and listeners of `/-/console/events`. */
  readonly open: { readonly requests: number; readonly streams: number; readonly listeners: number };
  /** Measured while somebody asks; `null` with the first request, and after a minute without one. */
  readonly event_loop: {
    readonly over_ms: number;
    readonly mean_ms: number;
    readonly p99_ms: number;
    readonly max_ms: number;
  } | null;
  /** The function's own limit of this request, less the margin for a response of ours; `null` elsewhere. */
  readonly deadline: {
    readonly function_limit_ms: number | null;
    readonly timeout_ms: number;
    readonly idle_timeout_ms: number;
    /** By how much the function's limit is longer than TIMEOUT. */
    readonly margin_ms: number | null;
  };
  readonly prices: {
    readonly name: string;
    readonly version: string;
    /** Such as `2026-11-20`. */
    readonly date: string;
    readonly age_days: number;
  };
  readonly checks: readonly Check[];
}

/** The last errors of one token that this instance has had, newest first; at most 50. */
export interface OwnErrors {
  readonly scope: 'instance';
  /** Whether requests are listed at all: without ADMIN_TOKEN they are not. */
  readonly kept: boolean;
  readonly errors: readonly {
    readonly id: string;
    readonly at_ms: number;
    readonly provider: string;
    readonly model: string | null;
    readonly status: number;
    readonly outcome: string;
    /** A failure of ours, and its remedy in English. */
    readonly error: string | null;
    readonly message: string | null;
    /** The provider's own code. */
    readonly upstream_error: string | null;
    /** Whether repeating the same request may help; `null` if that is not known. */
    readonly retry: boolean | null;
  }[];
}

export interface OwnStatus {
  /** Where the proxy runs; `null` if the platform does not say. */
  readonly region: string | null;
  readonly version: string;
  /** Those that this token may use and the server has keys for. */
  readonly providers: readonly {
    readonly name: string;
    /** In which the provider sees the proxy; `null` if it is not known (yet). */
    readonly country: string | null;
    readonly verdict: 'allowed' | 'refused' | 'unknown' | null;
    readonly keys_ready: number;
    readonly keys_total: number;
  }[];
  /** Of this token's streams in the list. */
  readonly first_token: FirstToken;
}
