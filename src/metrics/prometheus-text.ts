import { prometheusName } from './definitions';
import type { Family, Point } from './family';
import type { Histogram } from './series';

/** The text format that Prometheus reads: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Writes metrics as Prometheus reads them; one without a series has its two comments, so that it is known to exist. */
export function prometheusText(families: readonly Family[]): string {
  return families.map(familyText).join('');
}

function familyText({ definition, points }: Family): string {
  const { kind, help, labels } = definition;
  const name = prometheusName(definition);
  const names = labels.map((label) => label.replaceAll('.', '_'));
  const lines = points.flatMap((point) => linesOf(name, names, point));
  return [`# HELP ${name} ${escaped(help)}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n');
}

function linesOf(name: string, labelNames: readonly string[], { labels, value }: Point): string[] {
  const pairs = labelNames.map((label, at) => `${label}="${escapedValue(labels[at] ?? '')}"`);
  if (typeof value === 'number') return [`${name}${braced(pairs)} ${numberText(value)}`];
  return [
    ...bucketLines(`${name}_bucket`, pairs, value),
    `${name}_sum${braced(pairs)} ${numberText(value.sum)}`,
    `${name}_count${braced(pairs)} ${numberText(value.count)}`,
  ];
}

/** Each bucket counts those below it as well. */
function bucketLines(name: string, pairs: readonly string[], { bounds, counts }: Histogram): string[] {
  let sum = 0;
  return counts.map((count, at) => {
    sum += count;
    const bound = bounds[at];
    const text = bound === undefined ? '+Inf' : numberText(bound);
    return `${name}${braced([...pairs, `le="${text}"`])} ${numberText(sum)}`;
  });
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** JavaScript's own text of a number is one that Go parses, but for the infinite ones. */
function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

function escaped(help: string): string {
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapedValue(label: string): string {
  return escaped(label).replaceAll('"', '\\"');
}
