/// <reference lib="dom" />
import type { Page } from 'playwright-core';

export type Cells = Readonly<Record<string, string>>;

/** The rows of a table as the reader sees them: the text of each cell under the title of its column. */
export function rowsOf(page: Page, table: string): Promise<readonly Cells[]> {
  return page.evaluate((label) => {
    const found = [...document.querySelectorAll('table[aria-label]')].find(
      (one) => one.getAttribute('aria-label') === label,
    );
    if (!found) throw new Error(`There is no table ${label}.`);
    const titles = [...found.querySelectorAll('thead tr:first-child th')].map((title) =>
      title.textContent.replace(/ [↓↑]$/, ''),
    );
    return [...found.querySelectorAll(':scope > tbody > tr:not(.details)')].map((row) => ({
      opener: row.querySelector('.opener')?.getAttribute('aria-label') ?? '',
      ...Object.fromEntries(
        [...row.children].map((cell, at) => {
          const copy = cell.cloneNode(true) as Element;
          copy.querySelector('.opener')?.remove();
          return [titles[at] ?? '', copy.textContent.trim()];
        }),
      ),
    }));
  }, table);
}

/** The figures of the overview: under each label the figure and what stands below it. */
export function statsOf(page: Page): Promise<Readonly<Record<string, readonly string[]>>> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('.stats .stat')].map((stat) => [
        stat.querySelector('dt')?.textContent ?? '',
        [...stat.querySelectorAll('dd')].map(({ textContent }) => textContent),
      ]),
    ),
  );
}

/** The chart's legend: what each line sums up to, and their total. */
export function legendOf(page: Page): Promise<Cells> {
  return page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('.legend li')].map((line) => [
        line.querySelector('.name')?.textContent ?? '',
        line.querySelector('.number')?.textContent ?? '',
      ]),
    ),
  );
}

/** What the chart's table has of a figure, by line, each value of an hour or a day. */
export function chartTableOf(page: Page): Promise<Readonly<Record<string, readonly string[]>>> {
  return page.evaluate(() => {
    const table = document.querySelector('.as-table table');
    const rows = [...(table?.querySelectorAll('tbody tr') ?? [])];
    const names = [...(table?.querySelectorAll('thead th') ?? [])].map(({ textContent }) => textContent);
    return Object.fromEntries(
      names.map((name, at) => [name, rows.map((row) => row.children[at]?.textContent ?? '')]),
    );
  });
}
