import { slope, type Spread } from '../rig/statistics';

/** How a cost grows with one input. */
export interface Curve {
  /** The name of its chart's file. */
  readonly name: string;
  readonly title: string;
  readonly x: { readonly label: string; readonly logarithmic: boolean };
  readonly y: { readonly label: string };
  /** The unit of the slope: `factor` times y's unit, over x's. */
  readonly slope: { readonly unit: string; readonly factor: number };
  /** By rising x. */
  readonly points: readonly CurvePoint[];
}

export interface CurvePoint {
  readonly x: number;
  readonly y: Spread;
}

export type Judgement = 'falls' | 'flat' | 'less than linear' | 'linear' | 'worse than linear';

export interface Fit {
  /** Least squares over the medians, in y's unit over x's. */
  readonly slope: number;
  readonly intercept: number;
  /** The last point over the first. */
  readonly ratio: number;
  readonly judgement: Judgement;
}

/** A smaller change from the first point to the last is noise between two runs on a shared machine. */
const NOISE = 0.15;
/** Exponents of the growth itself; 1 is linear. */
const LEAST_LINEAR = 0.6;
const MOST_LINEAR = 1.4;

export function fit({ points }: Pick<Curve, 'points'>): Fit {
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y.median);
  const rise = slope(points.map(({ x, y }) => [x, y.median]));
  const first = ys[0] ?? NaN;
  const last = ys[ys.length - 1] ?? NaN;
  return {
    slope: rise,
    intercept: mean(ys) - rise * mean(xs),
    ratio: last / first,
    judgement: judge(points),
  };
}

/**
 * Judges by the exponent of the rise since the first point, over the points at which the rise is more than noise:
 * a rise with the square of x is 100 times as large at ten times the x.
 */
function judge(points: readonly CurvePoint[]): Judgement {
  const [first, last] = [points[0], points[points.length - 1]];
  if (!first || !last) return 'flat';
  const risen = ({ y }: CurvePoint) => y.median - first.y.median;
  const noise = (at: CurvePoint) => Math.max(NOISE * first.y.median, halfSpan(first) + halfSpan(at));
  if (Math.abs(risen(last)) < noise(last)) return 'flat';
  if (risen(last) < 0) return 'falls';
  const clear = points.filter((point) => risen(point) >= noise(point));
  const before = points[points.length - 2] ?? first;
  // If only the last rise is clear, the one before may have been anything up to the noise.
  const rises =
    clear.length > 1
      ? clear.map((point) => [point.x - first.x, risen(point)] as const)
      : [[before.x - first.x, noise(before)] as const, [last.x - first.x, risen(last)] as const];
  const exponent = slope(rises.map(([x, rise]) => [Math.log(x), Math.log(rise)]));
  if (exponent > MOST_LINEAR) return 'worse than linear';
  return exponent < LEAST_LINEAR && clear.length > 1 ? 'less than linear' : 'linear';
}

function halfSpan({ y }: CurvePoint): number {
  return (y.max - y.min) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
