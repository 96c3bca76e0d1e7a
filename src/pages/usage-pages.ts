import type { Express, Response } from 'express';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import type { BookFilter } from '../books/book-rows';
import { dayIn, dayOf, dayText, firstOfMonth } from '../books/days';
import { DIMENSIONS, reportOf, type Dimension } from '../books/report';
import type { UsageRecords } from '../books/usage-records';
import { briefOf, sumOf } from '../books/window';
import { ProxyError } from '../errors/proxy-error';
import type { LimitState } from '../proxy/limits/limit-store';
import { DAY_MS, windowEndMs } from '../clock/calendar-window';
import type { KnownToken } from '../proxy/tokens/known-token';
import type { PageAccess } from './admin-auth';
import { limitsOf } from './limits';
import { targetOf, type PageRequest } from './page-request';
import { redactedJson } from './redacted-json';

/** Where the pages find what requests have used. */
export interface UsageSource {
  /** What is known of some rows, wherever they are kept. */
  readonly records: (filter: BookFilter) => Promise<UsageRecords>;
}

export interface UsagePagesOptions {
  readonly access: PageAccess;
  readonly config: Config;
  readonly usage: UsageSource;
  readonly limitStates: (token: KnownToken) => readonly LimitState[] | Promise<readonly LimitState[]>;
  readonly instance: string;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

const DEFAULT_BY: readonly Dimension[] = ['token', 'model'];
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: DAY_MS };

/** `/-/usage` and `/-/me`; without access tokens and an admin token there is nobody to whom they belong. */
export function addUsagePages(app: Express, options: UsagePagesOptions): void {
  const { access, config, usage, instance, now } = options;
  const hasTokens = !hasNoTokens(config);
  if (!hasTokens && config.adminToken === '') return;
  const send = (response: Response, value: unknown) => {
    response.type('json').send(redactedJson(config, value));
  };

  app.get('/-/usage', async (request: PageRequest, response: Response) => {
    const holder = await access.requireAdminOrHolder(request, targetOf(request));
    const by = dimensionsIn(request.query['by']);
    const fromDay = firstDayIn(request.query['since'], now());
    const token = holder === 'operator' ? undefined : holder.name;
    const records = await usage.records({ token, fromDay });
    const rows = records.rows({ token, fromDay });
    send(response, {
      scope: records.scope,
      instance,
      since: isoOf(records.sinceMs),
      ...(token === undefined ? {} : { token }),
      ...(fromDay === undefined ? {} : { from: dayText(fromDay) }),
      ...reportOf(rows, by),
      prices: records.pricesNote,
      note: records.note,
    });
  });

  if (!hasTokens) return;
  app.get('/-/me', async (request: PageRequest, response: Response) => {
    const token = await access.requireHolder(request, targetOf(request));
    const atMs = now();
    const records = await usage.records({ token: token.name, fromDay: firstOfMonth(atMs) });
    const from = (fromDay: number) => briefOf(sumOf(records.rows({ token: token.name, fromDay })));
    send(response, {
      name: token.name,
      limits: limitsOf(token, await options.limitStates(token)),
      today: { ...from(dayOf(atMs)), resets_at: isoOf(windowEndMs('day', atMs)) },
      month: { ...from(firstOfMonth(atMs)), resets_at: isoOf(windowEndMs('month', atMs)) },
      expires_at: token.expiresAt === undefined ? null : isoOf(token.expiresAt * 1_000),
      scope: records.scope,
      since: isoOf(records.sinceMs),
    });
  });
}

/** @throws ProxyError `bad-parameter` */
function dimensionsIn(text: unknown): readonly Dimension[] {
  if (text === undefined) return DEFAULT_BY;
  const names = typeof text === 'string' ? text.split(',', DIMENSIONS.length + 1) : [];
  const by = names.flatMap((name) => DIMENSIONS.filter((dimension) => dimension === name.trim()));
  if (by.length === 0 || by.length !== names.length || new Set(by).size !== by.length)
    throw new ProxyError('bad-parameter');
  return by;
}

/**
 * The first day of a `since`, such as `2026-11-29` or `7d`; `undefined` if there is none.
 * @throws ProxyError `bad-parameter`
 */
function firstDayIn(text: unknown, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const day = typeof text === 'string' ? (dayIn(text) ?? dayBefore(text, nowMs)) : undefined;
  if (day === undefined) throw new ProxyError('bad-parameter');
  return day;
}

function dayBefore(text: string, nowMs: number): number | undefined {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  return unitMs === undefined ? undefined : dayOf(nowMs - Number(count) * unitMs);
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
