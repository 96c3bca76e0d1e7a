import type { Part } from './plan';
import type { Target } from './target';

const COLUMNS = [
  'target',
  'inputs',
  'crashes',
  'hangs',
  'differences',
  'inputs/s',
  'longest',
  '× length 2',
] as const;

/** The parts of one target as one. */
export function together(parts: readonly Part[]): readonly Part[] {
  const sums = new Map<string, Part>();
  for (const part of parts) {
    const before = sums.get(part.target);
    sums.set(part.target, before ? sumOf(before, part) : part);
  }
  return [...sums.values()];
}

function sumOf(one: Part, other: Part): Part {
  const growths = [one.growth, other.growth].filter((growth) => growth !== undefined);
  return {
    target: one.target,
    inputs: one.inputs + other.inputs,
    crashes: one.crashes + other.crashes,
    hangs: one.hangs + other.hangs,
    differences: one.differences + other.differences,
    ms: one.ms + other.ms,
    slowestMs: Math.max(one.slowestMs, other.slowestMs),
    growth: growths.length > 0 ? Math.max(...growths) : undefined,
  };
}

/** The table of a run, with its sums. */
export function tableOf(parts: readonly Part[], targets: readonly Pick<Target, 'name' | 'about'>[]): string {
  const sums = parts.map((part) => ({ ...part, target: 'together' }));
  const rows = [...parts, ...together(sums)].map((part) => [
    part.target,
    part.inputs.toLocaleString('en-US'),
    String(part.crashes),
    String(part.hangs),
    String(part.differences),
    Math.round((part.inputs / Math.max(part.ms, 1)) * 1_000).toLocaleString('en-US'),
    `${part.slowestMs.toFixed(1)} ms`,
    part.growth === undefined ? '–' : part.growth.toFixed(1),
  ]);
  const abouts = ['what', ...rows.map(([name]) => targets.find((one) => one.name === name)?.about ?? '')];
  const lines = [[...COLUMNS], ...rows];
  const widths = COLUMNS.map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)));
  return lines
    .map((line, row) => {
      const cells = line.map((cell, at) => {
        const width = widths[at] ?? 0;
        return at === 0 ? cell.padEnd(width) : cell.padStart(width);
      });
      return [...cells, abouts[row] ?? ''].join('  ').trimEnd();
    })
    .join('\n');
}
