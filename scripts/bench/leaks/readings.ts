import type { ObjectCounts } from './heap-objects';

/** What a process holds after garbage collection: bytes, and its open handles and timers by kind. */
export interface ProcessReading {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly rss: number;
  readonly resources: Readonly<Record<string, number>>;
}

export interface Reading extends ProcessReading {
  readonly objects: ObjectCounts;
}

/** The prefix of a line with a reading. */
export const READING = 'leaks-reading ';
/** The file beside the preload that has the heap snapshot of the latest reading. */
export const SNAPSHOT = 'leaks.heapsnapshot';

/** A phase, with a reading before it, after its first half and after all of it. */
export interface MeasuredPhase {
  readonly name: string;
  readonly count: number;
  readonly before: Reading;
  readonly middle: Reading;
  readonly after: Reading;
}

/**
 * Heaps of one program in one state differ by less; a leak of 16 bytes a request exceeds it at 200,000 of them. Half of it
 * is allowed in each half of a phase: V8 frees some memory outside the heap later, and a single reading may have it still.
 */
export const MAX_GROWTH_BYTES = 3_000_000;
/** One or two timers may be active. */
const MAX_MORE_RESOURCES = 2;
/**
 * Objects of one constructor by which a heap may differ from an earlier one, whatever happened in between: what is bounded
 * is seldom exactly full. Where half a phase has few units, less: half of what leaks if each of them leaves one behind.
 */
export const MAX_MORE_OBJECTS = 100;
const MAX_SHARE_OF_FEW = 0.5;
/** And for each unit of a half. What leaks with every unit adds 1. */
export const MAX_MORE_PER_UNIT = 0.02;
/** What V8 makes of its own, `(string)` or `(code)`, comes and goes with what it compiles. */
const MAX_MORE_OF_V8_PER_UNIT = 0.4;

/** A constructor of which every unit leaves objects behind. */
export interface Growth {
  readonly constructorName: string;
  readonly before: number;
  readonly after: number;
}

/**
 * What has grown in both halves of a phase, in proportion to it; what has grown most comes first. What is made once, or is
 * bounded and was not full, grows in one of them.
 */
export function growthOf({ count, before, middle, after }: MeasuredPhase): Growth[] {
  const units = count / 2;
  const few = Math.min(MAX_MORE_OBJECTS, units * MAX_SHARE_OF_FEW);
  const allowed = (name: string) =>
    few + units * (name.startsWith('(') ? MAX_MORE_OF_V8_PER_UNIT : MAX_MORE_PER_UNIT);
  return Object.entries(after.objects)
    .map(([constructorName, last]) => ({
      constructorName,
      before: before.objects[constructorName] ?? 0,
      middle: middle.objects[constructorName] ?? 0,
      after: last,
    }))
    .filter(
      ({ constructorName: name, before: first, middle: second, after: last }) =>
        second - first > allowed(name) && last - second > allowed(name),
    )
    .map(({ constructorName, before: first, after: last }) => ({
      constructorName,
      before: first,
      after: last,
    }))
    .sort((a, b) => b.after - b.before - (a.after - a.before));
}

/** What a phase has left behind and should not have; empty if it has not. */
export function leaksIn(phase: MeasuredPhase): string[] {
  const { name, before, middle, after } = phase;
  const memory = (['heapUsed', 'external'] as const).flatMap((of) => {
    const least = Math.min(middle[of] - before[of], after[of] - middle[of]);
    return least > MAX_GROWTH_BYTES / 2
      ? [`${of} grew by ${megabytes(after[of] - before[of])} MB; ${megabytes(MAX_GROWTH_BYTES)} are allowed`]
      : [];
  });
  const resources = Object.entries(after.resources).flatMap(([kind, count]) => {
    const was = before.resources[kind] ?? 0;
    return count > was + MAX_MORE_RESOURCES ? [`there are ${count} of ${kind}, and were ${was}`] : [];
  });
  const objects = growthOf(phase).map(
    ({ constructorName, before: was, after: is }) =>
      `there are ${is} of "${constructorName}", and were ${was}: ${((is - was) / phase.count).toFixed(2)} for each`,
  );
  return [...memory, ...resources, ...objects].map((leak) => `${name}: ${leak}`);
}

/** Constructors that a row names. */
const MOST_NAMED = 3;

/** A row for each phase. */
export function table(phases: readonly MeasuredPhase[]): string {
  const rows = [
    [
      'phase',
      'count',
      'heap before, MB',
      'after',
      'growth a unit, bytes',
      'resident, MB',
      'after',
      'grew with it',
    ],
    ...phases.map((phase) => {
      const { name, count, before, after } = phase;
      const grew = growthOf(phase).map(({ constructorName }) => constructorName);
      const more = grew.length > MOST_NAMED ? ` and ${grew.length - MOST_NAMED} more` : '';
      return [
        name,
        String(count),
        megabytes(before.heapUsed),
        megabytes(after.heapUsed),
        ((after.heapUsed - before.heapUsed) / count).toFixed(1),
        megabytes(before.rss),
        megabytes(after.rss),
        grew.length === 0 ? 'nothing' : grew.slice(0, MOST_NAMED).join(', ') + more,
      ];
    }),
  ];
  return aligned(rows, (column) => column === 0 || column === 7);
}

/** A row for each kind of handle and timer, with its number at the beginning and after each phase. */
export function resourceTable(phases: readonly MeasuredPhase[]): string {
  const [first] = phases;
  if (!first) return '';
  const readings = [first.before, ...phases.map(({ after }) => after)];
  const kinds = [...new Set(readings.flatMap(({ resources }) => Object.keys(resources)))].sort();
  return aligned(
    [
      ['open', 'before', ...phases.map(({ name }) => name)],
      ...kinds.map((kind) => [kind, ...readings.map(({ resources }) => String(resources[kind] ?? 0))]),
    ],
    (column) => column === 0,
  );
}

function aligned(rows: readonly (readonly string[])[], isText: (column: number) => boolean): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, at) => (isText(at) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}
