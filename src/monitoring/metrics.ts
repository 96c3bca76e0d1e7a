import type { Family, Point } from '../metrics/family';
import { keyValues, nanosText } from './json';

/** Sums and histograms are of all that was since the start: AGGREGATION_TEMPORALITY_CUMULATIVE. */
const CUMULATIVE = 2;

export interface Interval {
  /** Unix time in ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Metrics in OTLP's form, without those that have no series.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto
 */
export function otlpMetrics(families: readonly Family[], interval: Interval): object[] {
  return families.filter(({ points }) => points.length > 0).map((family) => metricOf(family, interval));
}

function metricOf({ definition, points }: Family, interval: Interval): object {
  const { name, help: description, unit, kind, labels } = definition;
  const dataPoints = points.map((point) => dataPoint(point, labels, kind === 'gauge', interval));
  const cumulative = { aggregationTemporality: CUMULATIVE, dataPoints };
  return {
    ...{ name, description, unit },
    ...(kind === 'gauge' && { gauge: { dataPoints } }),
    ...(kind === 'counter' && { sum: { ...cumulative, isMonotonic: true } }),
    ...(kind === 'histogram' && { histogram: cumulative }),
  };
}

function dataPoint(
  { labels, value }: Point,
  names: readonly string[],
  isGauge: boolean,
  { fromMs, toMs }: Interval,
): object {
  const attributes = keyValues(
    Object.fromEntries(names.map((name, at) => [name, labels[at] === '' ? undefined : labels[at]])),
  );
  const common = {
    attributes,
    ...(isGauge ? {} : { startTimeUnixNano: nanosText(fromMs) }),
    timeUnixNano: nanosText(toMs),
  };
  if (typeof value === 'number') return { ...common, asDouble: value };
  return {
    ...common,
    count: String(value.count),
    sum: value.sum,
    bucketCounts: value.counts.map(String),
    explicitBounds: value.bounds,
  };
}
