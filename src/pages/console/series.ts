import type { BookRow } from '../../books/book-rows';
import { spentBy, tokensOf } from '../../books/sums';
import type { Series } from './report';

const MAX_LINES = 12;

export type Dimension = 'token' | 'model' | 'provider';

interface Line {
  readonly name: string | null;
  readonly isOther: boolean;
  readonly requests: number[];
  readonly errors: number[];
  readonly tokens: number[];
  readonly nanoUsd: number[];
  allTokens: number;
  allRequests: number;
}

/** Rows as lines of a chart. @param firstWindow the number of the first hour or day, and how many there are */
export function seriesOf(
  rows: readonly BookRow[],
  by: Dimension,
  { firstWindow, count }: { readonly firstWindow: number; readonly count: number },
): readonly Series[] {
  const lines = new Map<string | null, Line>();
  const other = newLine(null, true, count);
  for (const row of rows) {
    const at = row.day - firstWindow;
    if (at < 0 || at >= count) continue;
    add(isRest(row, by) ? other : lineOf(row[by] ?? null), at, row);
  }
  const sorted = [...lines.values()].sort(
    (one, another) => another.allTokens - one.allTokens || another.allRequests - one.allRequests,
  );
  const hasOther = other.allRequests > 0;
  const own = sorted.length + (hasOther ? 1 : 0) <= MAX_LINES ? sorted.length : MAX_LINES - 1;
  for (const line of sorted.slice(own)) merge(other, line);
  return [...sorted.slice(0, own), ...(other.allRequests > 0 ? [other] : [])].map(reportOf);

  function lineOf(name: string | null): Line {
    const line = lines.get(name) ?? newLine(name, false, count);
    lines.set(name, line);
    return line;
  }
}

/** Whether the row stands for several that had no row left. */
function isRest({ rest }: BookRow, by: Dimension): boolean {
  return rest !== undefined && (by !== 'token' || rest === 'tokens');
}

function newLine(name: string | null, isOther: boolean, count: number): Line {
  const zeros = () => new Array<number>(count).fill(0);
  return {
    name,
    isOther,
    requests: zeros(),
    errors: zeros(),
    tokens: zeros(),
    nanoUsd: zeros(),
    allTokens: 0,
    allRequests: 0,
  };
}

function add(line: Line, at: number, { sums }: BookRow): void {
  const tokens = tokensOf(sums.metered) + tokensOf(sums.partial);
  addTo(line.requests, at, sums.requests);
  addTo(line.errors, at, sums.errors);
  addTo(line.tokens, at, tokens);
  addTo(line.nanoUsd, at, spentBy(sums) ?? 0);
  line.allTokens += tokens;
  line.allRequests += sums.requests;
}

function merge(to: Line, from: Line): void {
  for (const name of ['requests', 'errors', 'tokens', 'nanoUsd'] as const)
    from[name].forEach((value, at) => {
      addTo(to[name], at, value);
    });
  to.allTokens += from.allTokens;
  to.allRequests += from.allRequests;
}

function addTo(list: number[], at: number, value: number): void {
  list[at] = (list[at] ?? 0) + value;
}

function reportOf({ name, isOther, requests, errors, tokens, nanoUsd }: Line): Series {
  return { name, ...(isOther && { other: true }), requests, errors, tokens, nano_usd: nanoUsd };
}
