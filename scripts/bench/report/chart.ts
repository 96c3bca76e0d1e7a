import { ratioOf, type Results } from '../results';
import type { Scenario } from '../scenarios/scenario';

const WIDTH = 760;
const LABEL = 150;
const NUMBER = 60;
const BAR = 14;
const ROW = 18;
const TITLE = 34;
/** The maximum length of a bar, so that the others remain visible. */
const MOST = 4;

/** What the chart shows of a scenario: the figure that is reported as a ratio. */
interface Group {
  readonly title: string;
  readonly bars: readonly { readonly title: string; readonly ours: boolean; readonly ratio: number }[];
}

/** Ratios to the bare pipe as bars, in a self-contained SVG: no script, no font, readable on light and dark pages. */
export function chart(results: Results, scenarios: readonly Scenario[], ours: readonly string[]): string {
  const groups = scenarios.flatMap((scenario) => group(results, scenario, ours));
  let top = 24;
  const parts = groups.map((each) => {
    const part = drawn(each, top);
    top += TITLE + each.bars.length * ROW;
    return part;
  });
  const height = top + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU and time, as ratios to the bare pipe" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .ours { fill: #2563eb } .peer { fill: #9ca3af } line { stroke: #d97706; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #60a5fa } .peer { fill: #6b7280 } }
</style>
<text x="0" y="14">Ratios to a bare http.request + pipe (the dashed line); less is better. ${escaped(results.date.slice(0, 10))}</text>
${parts.join('\n')}
</svg>
`;
}

function group(results: Results, scenario: Scenario, ours: readonly string[]): Group[] {
  const figure = scenario.figures.find(({ compared }) => compared === 'ratio');
  if (!figure) return [];
  const bars = results.peers.flatMap(({ name, title }) => {
    const ratio = ratioOf(results, scenario.name, name, figure.key)?.median;
    return ratio === undefined ? [] : [{ title, ours: ours.includes(name), ratio }];
  });
  return bars.length === 0 ? [] : [{ title: `${scenario.title}: ${figure.title}`, bars }];
}

function drawn({ title, bars }: Group, top: number): string {
  const one = (WIDTH - LABEL - NUMBER) / MOST;
  const first = top + TITLE - 8;
  const rows = bars.map(({ title: name, ours, ratio }, index) => {
    const y = first + index * ROW;
    const width = (Math.min(ratio, MOST) * one).toFixed(1);
    const end = (LABEL + Math.min(ratio, MOST) * one + 6).toFixed(1);
    return `<text x="${LABEL - 8}" y="${y + 11}" text-anchor="end">${escaped(name)}</text>
<rect class="${ours ? 'ours' : 'peer'}" x="${LABEL}" y="${y}" width="${width}" height="${BAR}"/>
<text x="${end}" y="${y + 11}">${ratio.toFixed(2)}×${ratio > MOST ? ' »' : ''}</text>`;
  });
  const x = LABEL + one;
  return `<text x="0" y="${top + 16}" font-weight="600">${escaped(title)}</text>
${rows.join('\n')}
<line x1="${x}" x2="${x}" y1="${first - 2}" y2="${first + bars.length * ROW - 2}"/>`;
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
