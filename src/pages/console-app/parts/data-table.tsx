import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { fill } from '../texts/texts';
import { sortedBy, type Column, type Filters, type Sort } from './rows';
import { useUi } from './ui';

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What a row shows when it is opened. */
  readonly details?: (row: Row) => ComponentChildren;
  /** The name of the button that opens it. */
  readonly detailsLabel?: (row: Row) => string;
  readonly classOf?: (row: Row) => string;
  readonly filters?: Filters;
  readonly onFilter?: (key: string, text: string) => void;
  readonly isSortable?: boolean;
  /** With many short values, which stand side by side where there is no room for a table. */
  readonly isDense?: boolean;
}

/** A table whose rows stand on their own where it has no room; the first column names the row. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { columns, rows, label, keyOf, filters, onFilter } = props;
  const [sort, setSort] = useState<Sort>();
  const sorted = sort ? sortedBy(rows, columns, sort) : rows;
  return (
    <div class={`table-box ${props.isDense === true ? 'dense' : ''}`}>
      <table role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => {
              const { key, title, isNumber } = column;
              const descends = sort?.key === key ? sort.descends : undefined;
              return (
                <th
                  key={key}
                  role="columnheader"
                  scope="col"
                  class={isNumber === true ? 'number' : ''}
                  {...(descends === undefined ? {} : { 'aria-sort': descends ? 'descending' : 'ascending' })}
                >
                  {props.isSortable === true && column.value ? (
                    <button
                      type="button"
                      class="sort"
                      onClick={() => {
                        setSort({ key, descends: descends === undefined ? isNumber === true : !descends });
                      }}
                    >
                      {title}
                      <span aria-hidden="true">{descends === undefined ? '' : descends ? ' ↓' : ' ↑'}</span>
                    </button>
                  ) : (
                    title
                  )}
                </th>
              );
            })}
          </tr>
          {filters && onFilter && <FilterRow columns={columns} filters={filters} onFilter={onFilter} />}
        </thead>
        <tbody role="rowgroup">
          {sorted.map((row) => (
            <TableRow key={keyOf(row)} row={row} {...props} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface FilterRowProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly filters: Filters;
  readonly onFilter: (key: string, text: string) => void;
}

function FilterRow<Row>({ columns, filters, onFilter }: FilterRowProps<Row>) {
  const { texts } = useUi();
  return (
    <tr role="row" class="filters">
      {columns.map(({ key, title, value, isNumber }) => (
        <td key={key} role="cell" data-label={title}>
          {value && (
            <input
              aria-label={fill(texts.requests.filterBy, { column: title })}
              placeholder={isNumber === true ? '≥' : ''}
              size={1} // or an empty input would make its column wide
              inputMode={isNumber === true ? 'decimal' : 'text'}
              value={filters[key] ?? ''}
              spellcheck={false}
              autocomplete="off"
              onInput={(event) => {
                onFilter(key, event.currentTarget.value);
              }}
            />
          )}
        </td>
      ))}
    </tr>
  );
}

interface TableRowProps<Row> extends DataTableProps<Row> {
  readonly row: Row;
}

function TableRow<Row>({ row, columns, details, detailsLabel, classOf }: TableRowProps<Row>) {
  const [isOpen, setOpen] = useState(false);
  const toggle = () => {
    setOpen(!isOpen);
  };
  return (
    <>
      <tr
        role="row"
        class={`${classOf?.(row) ?? ''} ${details ? 'opens' : ''}`}
        {...(details ? { onClick: toggle } : {})}
      >
        {columns.map(({ key, title, cell, isNumber }, at) => {
          const inner = (
            <>
              {at === 0 && details && (
                <button
                  type="button"
                  class="opener"
                  aria-expanded={isOpen}
                  aria-label={detailsLabel?.(row)}
                  onClick={(event) => {
                    event.stopPropagation();
                    toggle();
                  }}
                >
                  <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>
                </button>
              )}
              {cell(row)}
            </>
          );
          const common = {
            role: at === 0 ? 'rowheader' : 'cell',
            class: isNumber === true ? 'number' : '',
          } as const;
          return at === 0 ? (
            <th key={key} scope="row" {...common}>
              {inner}
            </th>
          ) : (
            <td key={key} data-label={title} {...common}>
              {inner}
            </td>
          );
        })}
      </tr>
      {isOpen && details && (
        <tr role="row" class="details">
          <td role="cell" colSpan={columns.length}>
            {details(row)}
          </td>
        </tr>
      )}
    </>
  );
}
