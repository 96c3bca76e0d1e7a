/** What a process holds after garbage collection: bytes, and its open handles and timers by kind. */
export interface Reading {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
  readonly resources: Readonly<Record<string, number>>;
}

/** The prefix of a line with a reading. */
export const READING = 'leaks-reading ';

/** Heaps of one program in one state differ by less; a leak of 16 bytes a request exceeds it at the full size. */
export const MAX_GROWTH_BYTES = 3_000_000;
/** One or two timers may be active. */
const MAX_MORE_RESOURCES = 2;

/** What has grown between two readings and should not have; empty if nothing has. */
export function leaksBetween(before: Reading, after: Reading): string[] {
  const memory = (['heapUsed', 'external'] as const).flatMap((name) => {
    const growth = after[name] - before[name];
    return growth > MAX_GROWTH_BYTES
      ? [`${name} grew by ${megabytes(growth)} MB; ${megabytes(MAX_GROWTH_BYTES)} are allowed`]
      : [];
  });
  const resources = Object.entries(after.resources).flatMap(([kind, count]) => {
    const was = before.resources[kind] ?? 0;
    return count > was + MAX_MORE_RESOURCES ? [`there are ${count} of ${kind}, and were ${was}`] : [];
  });
  return [...memory, ...resources];
}

/** The readings side by side. */
export function table(readings: readonly (readonly [when: string, Reading])[]): string {
  const kinds = [...new Set(readings.flatMap(([, { resources }]) => Object.keys(resources)))].sort();
  const rows = [
    ['', ...readings.map(([when]) => when)],
    ...(['heapUsed', 'external', 'arrayBuffers', 'rss'] as const).map((name) => [
      `${name}, MB`,
      ...readings.map(([, reading]) => megabytes(reading[name])),
    ]),
    ...kinds.map((kind) => [kind, ...readings.map(([, { resources }]) => String(resources[kind] ?? 0))]),
  ];
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  '),
    )
    .join('\n');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
