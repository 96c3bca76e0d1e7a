import type { Curve, CurvePoint } from './curve';
import { figure } from './figure';

const WIDTH = 480;
const HEIGHT = 240;
const AREA = { left: 56, right: 16, top: 28, bottom: 40 };
const Y_STEPS = 4;

/** One curve as an SVG: medians as a line, the range of the rounds as bars. The y axis begins at 0. */
export function chart({ title, x, y, points }: Curve): string {
  const top = Math.max(...points.map((point) => point.y.max)) * 1.05 || 1;
  const toX = scaleX(points, x.logarithmic);
  const toY = (value: number) =>
    AREA.top + (1 - Math.max(0, value) / top) * (HEIGHT - AREA.top - AREA.bottom);
  const grid = Array.from({ length: Y_STEPS + 1 }, (_, step) => (top / Y_STEPS) * step).flatMap((value) => [
    line(AREA.left, toY(value), WIDTH - AREA.right, toY(value), '#8884'),
    label(AREA.left - 6, toY(value) + 4, figure(value), 'end'),
  ]);
  const bars = points.flatMap((point) => [
    line(toX(point.x), toY(point.y.min), toX(point.x), toY(point.y.max), '#36a8'),
    `<circle cx="${round(toX(point.x))}" cy="${round(toY(point.y.median))}" r="3" fill="#36a"/>`,
    label(toX(point.x), HEIGHT - AREA.bottom + 14, figure(point.x), 'middle'),
  ]);
  const path = points.map((point) => `${round(toX(point.x))},${round(toY(point.y.median))}`).join(' ');
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#777">`,
    label(AREA.left, 16, `${title}: ${y.label}`, 'start'),
    ...grid,
    `<polyline points="${path}" fill="none" stroke="#36a" stroke-width="2"/>`,
    ...bars,
    label(
      (AREA.left + WIDTH - AREA.right) / 2,
      HEIGHT - 8,
      x.logarithmic ? `${x.label} (log)` : x.label,
      'middle',
    ),
    '</svg>',
  ].join('\n')}\n`;
}

function scaleX(points: readonly CurvePoint[], logarithmic: boolean): (value: number) => number {
  // log(1 + x / least), so that 0 has a place too.
  const least = Math.min(...points.map(({ x }) => x).filter((x) => x > 0));
  const scaled = (value: number) => (logarithmic ? Math.log1p(value / least) : value);
  const low = scaled(points[0]?.x ?? 0);
  const high = scaled(points[points.length - 1]?.x ?? 1);
  return (value) =>
    AREA.left + 8 + ((scaled(value) - low) / (high - low)) * (WIDTH - AREA.left - AREA.right - 24);
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"/>`;
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end'): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped}</text>`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
