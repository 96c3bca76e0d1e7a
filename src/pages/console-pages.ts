import type { Express, Request, Response } from 'express';
import { monotonicMs } from '../clock/monotonic';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import type { Book } from '../books/book';
import { FAILURES } from '../errors/failures';
import { ProxyError } from '../errors/proxy-error';
import { EVENT_STREAM_HEADERS } from '../http/filter-headers';
import { functionMemoryBytes, memoryLimitBytes } from '../proxy/body/memory-limit';
import { functionLimitMs } from '../proxy/exchange/timeouts';
import type { Proxy } from '../proxy/proxy';
import type { PageAccess } from './admin-auth';
import type { Console } from './console/console';
import type { HourRecords } from './console/overview';
import type { RecentRequests } from './console/recent-requests';
import type { InstanceRow } from './console/report';
import type { PageFacts } from './page-facts';
import { targetOf, type PageRequest } from './page-request';
import { redactedJson, redactionOf } from './redacted-json';
import type { UsageSource } from './usage-pages';

/** What is kept for the console. */
export interface ConsoleUsage extends UsageSource {
  /** What this instance has used. */
  readonly book: () => Promise<Book>;
  readonly hours: () => Promise<HourRecords>;
  readonly recent: RecentRequests | undefined;
}

export interface ConsolePagesOptions {
  readonly access: PageAccess;
  readonly config: Config;
  readonly proxy: Proxy;
  readonly usage: ConsoleUsage;
  readonly facts: PageFacts;
  readonly instance: string;
  /** The requests under way. */
  readonly open: () => { readonly requests: number; readonly streams: number };
  /** Enters this instance, and finds the others; `undefined` if instances share nothing. */
  readonly instances: (self: InstanceRow) => Promise<readonly InstanceRow[]> | undefined;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** Whether it takes no more requests soon, or not by this configuration. */
  readonly isOver: () => boolean;
}

const RETRY_AFTER_MS = 10_000;

/** `/-/console/…` with an admin token, and what a token's holder gets beside `/-/me`. */
export function addConsolePages(app: Express, options: ConsolePagesOptions): void {
  const { access, config } = options;
  let loading: Promise<Console> | undefined;
  const load = () => (loading ??= loadConsole(options));
  const send = (response: Response, value: unknown) => {
    response.type('json').send(redactedJson(config, value));
  };

  if (config.adminToken !== '') {
    app.get('/-/console/events', async (request: Request, response: Response) => {
      await access.requireAdmin(request);
      await sendEvents(request, response, await load());
    });
    app.get('/-/console/:name', async (request: Request, response: Response) => {
      await access.requireAdmin(request);
      const { pages } = await load();
      const { name } = request.params;
      const page = typeof name === 'string' && Object.hasOwn(pages, name) ? pages[name] : undefined;
      if (!page) throw new ProxyError('not-found');
      const { headers } = request;
      const facts = {
        functionLimitMs: functionLimitMs(headers['x-scf-timeout']),
        functionMemoryBytes: functionMemoryBytes(headers['x-scf-memory']),
      };
      const value = await page(queryOf(request), facts);
      if (!value) throw badParameter();
      send(response, value);
    });
  }

  if (hasNoTokens(config)) return;
  app.get('/-/me/errors', async (request: PageRequest, response: Response) => {
    const token = await access.requireHolder(request, targetOf(request));
    send(response, await (await load()).errorsOf(token));
  });
  app.get('/-/me/status', async (request: PageRequest, response: Response) => {
    const token = await access.requireHolder(request, targetOf(request));
    send(response, (await load()).statusFor(token));
  });
}

async function sendEvents(request: Request, response: Response, console: Console): Promise<void> {
  const last = request.headers['last-event-id'];
  if (queryOf(request).size > 0) throw badParameter();
  await console.entered();
  if (!console.hasRoom) throw new ProxyError('console-busy', { retryAfterMs: RETRY_AFTER_MS });
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  for (let at = 0; at < EVENT_STREAM_HEADERS.length; at += 2)
    response.setHeader(EVENT_STREAM_HEADERS[at] ?? '', EVENT_STREAM_HEADERS[at + 1] ?? '');
  response.setHeader('Cache-Control', 'no-store, no-transform');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  const afterSeq = typeof last === 'string' && /^\d{1,15}$/.test(last) ? Number(last) : undefined;
  console.listen(response, afterSeq, functionLimitMs(request.headers['x-scf-timeout']));
}

async function loadConsole(options: ConsolePagesOptions): Promise<Console> {
  const { config, proxy, usage, facts, instance, open, instances, now, isOver } = options;
  const { Console: Loaded } = await import('./console/console');
  const named = (name: string) => config.providers.named(name);
  return new Loaded({
    facts,
    instance,
    ...{ timeoutMs: config.timeoutMs, idleTimeoutMs: config.idleTimeoutMs },
    isAnonymous: config.anonymous,
    hasRedis: config.redisUrl !== '',
    records: (filter) => usage.records(filter),
    hours: () => usage.hours(),
    ownRows: async () => (await usage.book()).rows(),
    recent: usage.recent,
    tokens: () => proxy.authenticator.listedTokens(),
    limitStates: (token) => proxy.gate.state(token),
    placesOf: (id) => proxy.placesOf(id),
    keys: () => proxy.keys.report(),
    egressOf(name) {
      const provider = named(name);
      return provider?.countries && proxy.egress.known(provider);
    },
    mayUseProvider(token, name) {
      const provider = named(name);
      return provider !== undefined && proxy.gate.mayUseProvider(token, provider);
    },
    messageOf: (code) =>
      Object.hasOwn(FAILURES, code) ? FAILURES[code as keyof typeof FAILURES].message : undefined,
    open,
    instances,
    memoryLimitBytes,
    priceSource: async () => (await usage.book()).priceSource,
    redact: redactionOf(config),
    isOver,
    now,
    monotonicMs,
  });
}

function badParameter(): ProxyError {
  return new ProxyError('bad-parameter', {
    detail: 'The parameters of the console are in docs/operator-console.md.',
  });
}

/** @throws ProxyError `bad-parameter` if one is given twice */
function queryOf({ query }: Request): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') throw badParameter();
    found.set(name, value);
  }
  return found;
}
