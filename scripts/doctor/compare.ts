import { trafficPrice } from '../shared/traffic-prices';
import type { Candidate } from './measure';

/** Differences within this share are noise; then the price decides. */
const SAME_SHARE = 0.15;

/** The function to use, and why; `undefined` if none can be used. */
export function choose(
  candidates: readonly Candidate[],
): { readonly best: Candidate; readonly reason: string } | undefined {
  const usable = candidates.filter(({ problem }) => problem === undefined);
  const [first, ...others] = usable;
  if (!first) return undefined;
  if (others.length === 0) return { best: first, reason: 'the only one that can be used' };
  const fastestMs = Math.min(...usable.map(totalMs));
  const fast = usable.filter((one) => totalMs(one) <= fastestMs * (1 + SAME_SHARE));
  const best = fast.reduce((one, other) => {
    const difference = priceOf(one) - priceOf(other);
    return difference < 0 || (difference === 0 && totalMs(one) <= totalMs(other)) ? one : other;
  });
  const isCheaper = fast.some((one) => priceOf(one) > priceOf(best));
  return {
    best,
    reason:
      fast.length > 1 && isCheaper ? 'as fast as another one, and cheaper' : 'the fastest from this machine',
  };
}

/** Each function with country, latency and price, then the one to use. */
export function comparisonLines(candidates: readonly Candidate[]): string[] {
  const chosen = choose(candidates);
  return [
    ...candidates.flatMap((one) => [
      `${one.region}  ${one.origin}`,
      ...(one.problem === undefined ? [] : [`  not to be used: ${one.problem}`]),
      ...(one.ms > 0 ? [`  from this machine: ${one.ms} ms`] : []),
      ...one.providers.map(
        ({ provider, country, verdict, ms }) =>
          `  ${provider}: seen in ${country} (${verdict}), ${ms === undefined ? 'time not measured; give --token' : `${ms} ms`}`,
      ),
      ...(trafficPrice(one.region) === undefined
        ? []
        : [`  traffic: ${trafficPrice(one.region)} USD a GB; computing costs the same everywhere`]),
    ]),
    '',
    chosen
      ? `Use ${chosen.best.region} (${chosen.best.origin}): ${chosen.reason}.`
      : 'None of them can be used. Deploy to a region outside Hong Kong and the mainland.',
  ];
}

/** From this machine through the function to the providers that could be measured, on average. */
function totalMs({ ms, providers }: Candidate): number {
  const times = providers.map((one) => one.ms).filter((one) => one !== undefined);
  return ms + (times.length === 0 ? 0 : times.reduce((sum, one) => sum + one, 0) / times.length);
}

/** A region without a known price counts as dear. */
function priceOf({ region }: Candidate): number {
  return trafficPrice(region) ?? Infinity;
}
