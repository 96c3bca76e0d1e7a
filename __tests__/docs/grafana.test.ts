import { readFileSync } from 'node:fs';
import path from 'node:path';
import { METRICS, prometheusName } from '../../src/metrics/definitions';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

const FILE = path.resolve(__dirname, '../../docs/grafana/scf-llm-proxy.json');
const { panels, templating } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
};

/** Every name that the page can have, and the names of the labels of each. */
const LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(METRICS).flatMap((definition) => {
    const { kind, labels } = definition;
    const names = labels.map((label) => label.replaceAll('.', '_'));
    const parts = kind === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    return parts.map(
      (part) => [prometheusName(definition) + part, part === '_bucket' ? [...names, 'le'] : names] as const,
    );
  }),
);
/** What Prometheus adds to every sample of a target. */
const OF_TARGETS = ['job', 'instance'];
const NAME = /\b(?:proxy|gen_ai|process|nodejs)_\w+(?=[{,)\s]|$)/g;
const queries = [
  ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ...templating.list.map(({ query }) => query),
];

/** Metrics in a query: what stands before its labels, or is looked up for a variable. */
const metricsIn = (query: string) =>
  [...query.matchAll(/([a-z]\w*)(?=\{)|label_values\(([a-z]\w*)/g)].map(
    ([, name = '', looked = '']) => name || looked,
  );

it('Every metric that the dashboard names is one that the page has.', () => {
  const named = queries.flatMap(metricsIn);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !LABELS.has(name))).toEqual([]);
  const everyName = queries.flatMap((query) => query.replace(/by \([^)]*\)/g, '').match(NAME) ?? []);
  expect(everyName.filter((name) => !LABELS.has(name))).toEqual([]);
});

it('Every metric of the proxy is on the dashboard.', () => {
  const named = new Set(queries.flatMap(metricsIn));
  const all = Object.values(METRICS).map(prometheusName);
  expect(all.filter((metric) => ![...named].some((name) => name.startsWith(metric)))).toEqual([]);
});

it('Every label that a query filters or groups by is one that all its metrics have.', () => {
  for (const query of queries) {
    const labels = [
      ...[...query.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = '']) => label),
      ...[...query.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(', ')),
    ].filter((label) => !OF_TARGETS.includes(label));
    const known = metricsIn(query).map((name) => LABELS.get(name) ?? []);
    for (const label of labels)
      expect([query, label, known.some((of) => of.includes(label))]).toEqual([query, label, true]);
  }
});

it('Panels have ids of their own, and none covers another.', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
