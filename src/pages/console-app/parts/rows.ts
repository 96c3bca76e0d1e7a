import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** By what it is sorted and filtered: a number at least, a text by a part of it. */
  readonly value?: (row: Row) => string | number | null;
  readonly isNumber?: boolean;
}

export type Filters = Readonly<Record<string, string>>;

/** By which column, and in which direction. */
export interface Sort {
  readonly key: string;
  readonly descends: boolean;
}

/** Rows that match every filter: a number at least, a text by a part of it, whatever its case. */
export function matching<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  filters: Filters,
): readonly Row[] {
  const tests = columns.flatMap(({ key, value, isNumber }) => {
    const wanted = (filters[key] ?? '').trim().toLowerCase();
    if (wanted === '' || !value) return [];
    const least = Number(wanted);
    return isNumber === true && !Number.isNaN(least)
      ? [(row: Row) => Number(value(row) ?? NaN) >= least]
      : [
          (row: Row) =>
            String(value(row) ?? '')
              .toLowerCase()
              .includes(wanted),
        ];
  });
  return tests.length === 0 ? rows : rows.filter((row) => tests.every((test) => test(row)));
}

/** Rows in the order of one column, those without a value last. */
export function sortedBy<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { key, descends }: Sort,
): readonly Row[] {
  const value = columns.find((column) => column.key === key)?.value;
  if (!value) return rows;
  const compare = (one: string | number | null, other: string | number | null) =>
    typeof one === 'number' && typeof other === 'number'
      ? one - other
      : String(one ?? '').localeCompare(String(other ?? ''));
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null); // those without one are last
    return (descends ? -1 : 1) * compare(a, b);
  });
}
