import { grouped, money, moneyDecimals } from './figures';
import { costOf, tokensOf } from '../../src/books/sums';
import type { UsageTotals } from './usage-totals';

const BAR_COLUMNS = 40;
const MAX_BARS = 31;
/** An eighth of a column more each. */
const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar a day: of money, or of tokens if nothing has a price. Empty if there is no use at all. */
export function dayChart(totals: UsageTotals): readonly string[] {
  const days = totals.days();
  const shown = days.slice(-MAX_BARS);
  const inMoney = shown.some(({ sums }) => costOf(sums.metered) !== undefined);
  const values = shown.map(({ sums }) => (inMoney ? (costOf(sums.metered) ?? 0) : tokensOf(sums.metered)));
  const largest = Math.max(0, ...values);
  if (largest === 0) return [];
  const decimals = moneyDecimals(largest);
  const labels = values.map((value) => (inMoney ? money(value, decimals) : grouped(value)));
  const width = Math.max(...labels.map(({ length }) => length));
  const earlier = days.length - shown.length;
  return [
    `${inMoney ? 'usd' : 'input and output tokens'} by day${earlier > 0 ? `, the last ${shown.length} of ${days.length}` : ''}`,
    ...shown.map(({ day }, at) =>
      `${day}  ${(labels[at] ?? '').padStart(width)}  ${bar((values[at] ?? 0) / largest)}`.trimEnd(),
    ),
  ];
}

/** A share of the largest value; what is not zero is seen. */
function bar(share: number): string {
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * BAR_COLUMNS * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (PARTS[eighths % 8] ?? '');
}
