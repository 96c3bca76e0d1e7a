import { ratioOf, shownOf, type Results } from '../results';
import type { Figure, Scenario } from '../scenarios/scenario';
import { quantity } from './tables';

const WIDTH = 760;
const LABEL = 150;
const NUMBER = 80;
/** The longest number behind a bar. */
const DIGITS = 40;
const BAR = 14;
const ROW = 18;
const TITLE = 34;
/** The ratio that the longest bar stands for, so that the others remain visible. */
const MOST = 4;

/** What the chart shows of one figure. */
interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
  /** What the longest bar stands for; any above is cut. */
  readonly longest: number;
  /** Where the dashed line is; `undefined` if there is none. */
  readonly line?: number;
}

interface Bar {
  readonly title: string;
  readonly ours: boolean;
  readonly value: number;
  /** The value as text. */
  readonly text: string;
}

/**
 * Ratios to the bare pipe as bars, and the figures that have none in their own unit, in a self-contained SVG: no script,
 * no font, readable on light and dark pages.
 */
export function chart(results: Results, scenarios: readonly Scenario[], ours: readonly string[]): string {
  const groups = scenarios.flatMap((scenario) => groupsOf(results, scenario, ours));
  let top = 24;
  const parts = groups.map((each) => {
    const part = drawn(each, top);
    top += TITLE + each.bars.length * ROW;
    return part;
  });
  const height = top + 12;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="CPU and time, most as ratios to the bare pipe" font-family="system-ui, sans-serif" font-size="12">
<style>
text { fill: #24292f } .ours { fill: #2563eb } .peer { fill: #9ca3af } line { stroke: #d97706; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #60a5fa } .peer { fill: #6b7280 } }
</style>
<text x="0" y="14">Ratios to a bare http.request + pipe (the dashed line), or as the unit says; less is better. ${escaped(results.date.slice(0, 10))}</text>
${parts.join('\n')}
</svg>
`;
}

function groupsOf(results: Results, scenario: Scenario, ours: readonly string[]): Group[] {
  const ratio = scenario.figures.find(({ compared }) => compared === 'ratio');
  const others = scenario.figures.filter(({ charted }) => charted === true);
  const groups = [
    ...(ratio ? [ratioGroup(results, scenario, ratio, ours)] : []),
    ...others.map((figure) => valueGroup(results, scenario, figure, ours)),
  ];
  return groups.filter(({ bars }) => bars.length > 0);
}

function ratioGroup(results: Results, scenario: Scenario, figure: Figure, ours: readonly string[]): Group {
  const bars = barsOf(results, ours, (peer) => {
    const value = ratioOf(results, scenario.name, peer, figure.key)?.median;
    return value === undefined
      ? undefined
      : { value, text: `${value.toFixed(2)}×${value > MOST ? ' »' : ''}` };
  });
  return { title: `${scenario.title}: ${figure.title}`, bars, longest: MOST, line: 1 };
}

/** In its own unit, by the largest of the group. */
function valueGroup(results: Results, scenario: Scenario, figure: Figure, ours: readonly string[]): Group {
  const bars = barsOf(results, ours, (peer) => {
    const value = shownOf(results, scenario, figure, peer)?.median;
    return value === undefined ? undefined : { value, text: quantity(value, figure) };
  });
  const longest = Math.max(...bars.map(({ value }) => value));
  return { title: `${scenario.title}: ${figure.title}`, bars, longest };
}

function barsOf(
  { peers }: Results,
  ours: readonly string[],
  figureOf: (peer: string) => Pick<Bar, 'value' | 'text'> | undefined,
): Bar[] {
  return peers.flatMap(({ name, title }) => {
    const figure = figureOf(name);
    return figure ? [{ title, ours: ours.includes(name), ...figure }] : [];
  });
}

function drawn({ title, bars, longest, line }: Group, top: number): string {
  /** Nothing for what is below 0, as noise can make a difference. */
  const widthOf = (value: number) =>
    longest > 0 ? (Math.min(Math.max(value, 0), longest) / longest) * (WIDTH - LABEL - NUMBER) : 0;
  const first = top + TITLE - 8;
  const dashesAt = LABEL + widthOf(line ?? 0);
  const rows = bars.map(({ title: name, ours, value, text }, index) => {
    const y = first + index * ROW;
    const behind = LABEL + widthOf(value) + 6;
    // Behind the dashes, where they would run through it.
    const end = (behind <= dashesAt && behind + DIGITS > dashesAt ? dashesAt + 6 : behind).toFixed(1);
    return `<text x="${LABEL - 8}" y="${y + 11}" text-anchor="end">${escaped(name)}</text>
<rect class="${ours ? 'ours' : 'peer'}" x="${LABEL}" y="${y}" width="${widthOf(value).toFixed(1)}" height="${BAR}"/>
<text x="${end}" y="${y + 11}">${text}</text>`;
  });
  const dashes = `<line x1="${dashesAt}" x2="${dashesAt}" y1="${first - 2}" y2="${first + bars.length * ROW - 2}"/>`;
  return [
    `<text x="0" y="${top + 16}" font-weight="600">${escaped(title)}</text>`,
    ...rows,
    ...(line === undefined ? [] : [dashes]),
  ].join('\n');
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
