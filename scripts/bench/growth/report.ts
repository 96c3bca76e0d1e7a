import type { Spread } from '../rig/statistics';
import { fit, type Curve } from './curve';
import { figure } from './figure';

export interface Report {
  readonly at: string;
  readonly node: string;
  readonly cores: string;
  readonly rounds: number;
  readonly curves: readonly Curve[];
}

/** @param charts the folder of the charts, relative to the README that shows them; `undefined` if none is shown */
export function markdown({ at, node, cores, rounds, curves }: Report, charts: string | undefined): string {
  const overview = [
    '| What grows | from – to | costs | slope | judgement |',
    '| --- | --- | --- | --- | --- |',
    ...curves.map((curve) => `| ${overviewOf(curve).join(' | ')} |`),
  ];
  return [
    `Measured ${at.slice(0, 10)} on Node ${node}, ${cores}; medians of ${rounds} rounds. «flat»: what lies between the first point and the last is less than 15 %, or than what rounds differ by.`,
    overview.join('\n'),
    ...curves.flatMap((curve) => [
      `**${curve.title}**: ${curve.y.label}`,
      pointsOf(curve),
      ...(charts === undefined ? [] : [`![${curve.title}: ${curve.y.label}](${charts}/${curve.name}.svg)`]),
    ]),
  ].join('\n\n');
}

function overviewOf(curve: Curve): readonly string[] {
  const { slope, judgement } = fit(curve);
  const [first, last] = [curve.points[0], curve.points[curve.points.length - 1]];
  return [
    curve.title,
    `${figure(first?.x ?? NaN)} – ${figure(last?.x ?? NaN)} ${curve.x.label}`,
    `${curve.y.label}: ${figure(first?.y.median ?? NaN)} → ${figure(last?.y.median ?? NaN)}`,
    `${figure(slope * curve.slope.factor)} ${curve.slope.unit}`,
    judgement,
  ];
}

function pointsOf({ x, points }: Curve): string {
  return [
    `| ${x.label} | ${points.map((point) => figure(point.x)).join(' | ')} |`,
    `| --- |${' --: |'.repeat(points.length)}`,
    `| median | ${points.map((point) => figure(point.y.median)).join(' | ')} |`,
    `| min–max | ${points.map((point) => span(point.y)).join(' | ')} |`,
  ].join('\n');
}

function span({ min, max }: Spread): string {
  return `${figure(min)}–${figure(max)}`;
}
