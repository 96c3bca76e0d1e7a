import type { BookRow } from '../../books/book-rows';
import { dayOf } from '../../books/days';
import type { UsageRecords } from '../../books/usage-records';
import { DAY_MS } from '../../clock/calendar-window';
import type { Overview, Range, UnmeteredRow } from './report';
import { seriesOf } from './series';
import { firstTokenOf, scopeOf, sumOf, useOf } from './sums-report';

const HOUR_MS = 3_600_000;
const WINDOWS = { '24h': { ms: HOUR_MS, count: 24 }, '30d': { ms: DAY_MS, count: 30 } } as const;
const MAX_UNMETERED = 20;

/** Rows of hours, whose number is their `day`. */
export type HourRecords = Pick<UsageRecords, 'scope' | 'sinceMs'> & { readonly rows: readonly BookRow[] };

export interface OverviewSource {
  readonly records: (filter: { readonly fromDay: number }) => Promise<UsageRecords>;
  readonly hours: () => Promise<HourRecords>;
}

export async function overviewOf(range: Range, source: OverviewSource, nowMs: number): Promise<Overview> {
  const { ms, count } = WINDOWS[range];
  const firstWindow = Math.floor(nowMs / ms) - count + 1;
  const today = dayOf(nowMs);
  const [records, hours] = await Promise.all([
    source.records({ fromDay: range === '30d' ? firstWindow : today - 1 }),
    range === '24h' ? source.hours() : undefined,
  ]);
  const ofDay = (day: number) => sumOf(records.rows({ fromDay: day, toDay: day }));
  const scope = scopeOf(records);
  const [sumsToday, sumsYesterday] = [ofDay(today), ofDay(today - 1)];
  const charted = hours ?? { ...records, rows: records.rows() };
  // Clocks of other instances may be ahead.
  const rows = charted.rows.filter(({ day }) => day >= firstWindow && day < firstWindow + count);
  const lines = (by: 'token' | 'model' | 'provider') => seriesOf(rows, by, { firstWindow, count });
  return {
    now_ms: nowMs,
    range,
    today: { ...scope, ...useOf(sumsToday) },
    yesterday: { ...scope, ...useOf(sumsYesterday) },
    first_token: {
      ...scope,
      today: firstTokenOf(sumsToday.firstToken),
      yesterday: firstTokenOf(sumsYesterday.firstToken),
    },
    series: {
      ...scopeOf(charted),
      total: useOf(sumOf(rows)),
      starts_ms: Array.from({ length: count }, (_, at) => (firstWindow + at) * ms),
      token: lines('token'),
      model: lines('model'),
      provider: lines('provider'),
    },
    unmetered: unmeteredIn(rows),
    prices: records.pricesNote,
  };
}

function unmeteredIn(rows: readonly BookRow[]): Overview['unmetered'] {
  const groups = new Map<string, BookRow[]>();
  for (const row of rows) {
    if (row.sums.counts.unmetered + row.sums.counts.partial === 0) continue;
    const key = JSON.stringify([row.token, row.provider, row.model]);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  const found = [...groups.values()].map((group): UnmeteredRow => {
    const { requests, counts } = sumOf(group);
    const [first] = group;
    return {
      token: first?.token ?? null,
      provider: first?.provider ?? null,
      model: first?.model ?? null,
      requests,
      partial: counts.partial,
      unmetered: counts.unmetered,
    };
  });
  found.sort((one, other) => other.unmetered - one.unmetered || other.partial - one.partial);
  return { rows: found.slice(0, MAX_UNMETERED), truncated: found.length > MAX_UNMETERED };
}
