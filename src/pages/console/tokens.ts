import type { BookRow } from '../../books/book-rows';
import { dayOf, firstOfMonth } from '../../books/days';
import { addSums, emptySums, type Sums } from '../../books/sums';
import type { UsageRecords } from '../../books/usage-records';
import { DAY_MS } from '../../clock/calendar-window';
import type { ListedToken } from '../../proxy/auth/access-tokens';
import type { LimitState } from '../../proxy/limits/limit-store';
import type { KnownToken } from '../../proxy/tokens/known-token';
import type { LimitRow, TokenRow, TokensReport } from './report';
import { scopeOf, sumOf, useOf } from './sums-report';

export interface TokensSource {
  readonly records: (filter: { readonly fromDay: number }) => Promise<UsageRecords>;
  /** What this instance has used itself. */
  readonly ownRows: () => Promise<readonly BookRow[]>;
  readonly tokens: () => readonly ListedToken[];
  readonly limitStates: (token: KnownToken) => readonly LimitState[] | Promise<readonly LimitState[]>;
  /** From how many places it was used; `undefined` if that is not counted. */
  readonly placesOf: (id: string) => { readonly networks: number; readonly clients: number } | undefined;
}

export interface TokensPage {
  readonly limit: number;
  /** Of the page before. */
  readonly cursor: string | undefined;
  /** A part of the name. */
  readonly find: string | undefined;
}

const MAX_LISTED = 20_000;
const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 100;

interface Use {
  readonly today: Sums;
  readonly month: Sums;
  lastDay: number | undefined;
}

/** @returns `undefined` if a parameter is not known or has no such form */
export function tokensPageIn(query: ReadonlyMap<string, string>): TokensPage | undefined {
  if ([...query.keys()].some((name) => !['limit', 'cursor', 'find'].includes(name))) return undefined;
  const text = query.get('limit') ?? String(DEFAULT_LIMIT);
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT
    ? { limit, cursor: query.get('cursor'), find: query.get('find') }
    : undefined;
}

export async function tokensReport(
  source: TokensSource,
  { limit, cursor, find }: TokensPage,
  nowMs: number,
): Promise<TokensReport> {
  const today = dayOf(nowMs);
  const fromDay = Math.min(firstOfMonth(nowMs), today);
  const [records, ownRows] = await Promise.all([source.records({ fromDay }), source.ownRows()]);
  const rows = records.rows();
  const uses = usesIn(rows, today);
  const restRows = rows.filter(({ rest }) => rest === 'tokens');
  const seen = new Map<string, number>();
  for (const { token, lastMs } of ownRows)
    if (token !== undefined && lastMs !== undefined) seen.set(token, Math.max(seen.get(token) ?? 0, lastMs));
  const all = candidates(source.tokens(), uses);
  const found = find === undefined ? all : all.filter(({ name }) => name.includes(find));
  const listed = found.slice(0, MAX_LISTED);
  const from = cursor === undefined ? 0 : listed.findIndex(({ id }) => id > cursor);
  const page = from === -1 ? [] : listed.slice(from, from + limit);
  const last = page.at(-1);
  return {
    ...scopeOf(records),
    tokens: await Promise.all(
      page.map(async (one) => ({
        ...(await rowOf(one, source, nowMs)),
        ...useRow(uses.get(one.name)),
        last_seen_ms: seen.get(one.name) ?? null,
      })),
    ),
    total: listed.length,
    cursor: last && last !== listed.at(-1) ? last.id : null,
    truncated: found.length > MAX_LISTED,
    rest:
      restRows.length === 0
        ? null
        : {
            today: useOf(sumOf(restRows.filter(({ day }) => day === today))),
            month: useOf(sumOf(restRows)),
          },
  };
}

interface Candidate {
  readonly name: string;
  /** In the order of which they are listed. */
  readonly id: string;
  readonly known: ListedToken | undefined;
}

/** Each token, and each name that has only its use, in the order of their ids. */
function candidates(tokens: readonly ListedToken[], uses: ReadonlyMap<string, Use>): readonly Candidate[] {
  const found = tokens.map((known): Candidate => ({ name: known.token.name, id: known.token.id, known }));
  const names = new Set(found.map(({ name }) => name));
  for (const name of uses.keys()) if (!names.has(name)) found.push({ name, id: name, known: undefined });
  return found.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
}

function usesIn(rows: readonly BookRow[], today: number): Map<string, Use> {
  const uses = new Map<string, Use>();
  for (const { token, day, sums } of rows) {
    if (token === undefined) continue;
    const use = uses.get(token) ?? { today: emptySums(), month: emptySums(), lastDay: undefined };
    uses.set(token, use);
    addSums(use.month, sums);
    if (day === today) addSums(use.today, sums);
    use.lastDay = Math.max(use.lastDay ?? day, day);
  }
  return uses;
}

function useRow(use: Use | undefined): Pick<TokenRow, 'today' | 'month' | 'last_day_ms'> {
  return {
    today: useOf(use?.today ?? emptySums()),
    month: useOf(use?.month ?? emptySums()),
    last_day_ms: use?.lastDay === undefined ? null : use.lastDay * DAY_MS,
  };
}

async function rowOf(
  { name, id, known }: Candidate,
  source: TokensSource,
  nowMs: number,
): Promise<Omit<TokenRow, 'today' | 'month' | 'last_day_ms' | 'last_seen_ms'>> {
  const places = source.placesOf(id);
  const counted = { networks: places?.networks ?? null, clients: places?.clients ?? null };
  if (!known) {
    const nothing = { id: null, issued_at_ms: null, expires_at_ms: null, state: null };
    return { name, kind: 'unknown', ...nothing, limits: [], models: null, providers: null, ...counted };
  }
  const { token, issuedAt, isRevoked } = known;
  const { expiresAt, limits } = token;
  const isExpired = expiresAt !== undefined && expiresAt * 1_000 <= nowMs;
  return {
    name,
    kind: issuedAt === undefined ? 'static' : 'signed',
    id: issuedAt === undefined ? null : id,
    issued_at_ms: issuedAt === undefined ? null : issuedAt * 1_000,
    expires_at_ms: expiresAt === undefined ? null : expiresAt * 1_000,
    state: isRevoked ? 'revoked' : isExpired ? 'expired' : 'valid',
    limits: await limitRows(token, source),
    models: limits?.models ?? null,
    providers: limits?.providers ?? null,
    ...counted,
  };
}

/** None if the place where they are counted does not respond. */
async function limitRows(token: KnownToken, { limitStates }: TokensSource): Promise<readonly LimitRow[]> {
  try {
    return (await limitStates(token)).map(({ kind, period, limit, used, left, resetsAtMs }) => ({
      kind,
      period: period ?? null,
      ...{ limit, used, left },
      resets_at_ms: resetsAtMs ?? null,
    }));
  } catch {
    return [];
  }
}
