import type { Disturbance } from './rig/disturbance';
import { spread, type Spread } from './rig/statistics';
import type { Figure, Outcome, Scenario } from './scenarios/scenario';

/** All results of a run; the content of `latest.json`. */
export interface Results {
  readonly date: string;
  readonly extent: string;
  readonly machine: Machine;
  /** Bytes of the deployed bundle. */
  readonly bundleBytes: number;
  /** The proxies that were measured, in the order of the tables. */
  readonly peers: readonly { readonly name: string; readonly title: string; readonly version: string }[];
  /** The proxies that were not available on this machine, and why. */
  readonly absent: readonly string[];
  /** Failures: scenario, proxy and what happened. */
  readonly problems: Problem[];
  /**
   * Measurements during which other processes used the machine. They count like all others, and are reported beside the
   * figures.
   */
  readonly disturbed: (Disturbance & {
    readonly scenario: string;
    readonly peer: string;
    readonly round: number;
  })[];
  /** By scenario and proxy: the figures of each round; null for a round that did not end. */
  readonly rounds: Record<string, Record<string, (Outcome['figures'] | null)[]>>;
}

export interface Machine {
  readonly node: string;
  readonly os: string;
  readonly cpu: string;
  /** Which core was used for which process. */
  readonly cores: string;
}

export interface Problem {
  readonly scenario: string;
  readonly peer: string;
  readonly problem: string;
}

/** The name, in results, of clients that connect to the upstream directly. */
export const DIRECT = 'direct';

/** The base of all ratios. */
export const BASE = 'pipe';

/** A figure over all rounds. */
export function valueOf(results: Results, scenario: string, peer: string, key: string): Spread | undefined {
  return over(figuresOf(results, scenario, peer).map((figures) => figures?.[key]));
}

/** A figure's ratio to the bare pipe's in the same round, over all rounds. */
export function ratioOf(results: Results, scenario: string, peer: string, key: string): Spread | undefined {
  return against(results, { scenario, peer, key, other: BASE }, (value, base) => value / base);
}

/** A figure's difference to that of a direct connection in the same round, over all rounds. */
export function addedOf(results: Results, scenario: string, peer: string, key: string): Spread | undefined {
  return against(results, { scenario, peer, key, other: DIRECT }, (value, direct) => value - direct);
}

/** A figure as its table shows it: itself, or its difference to a direct connection. */
export function shownOf(
  results: Results,
  { name }: Pick<Scenario, 'name'>,
  { key, compared }: Figure,
  peer: string,
): Spread | undefined {
  return compared === 'added' ? addedOf(results, name, peer, key) : valueOf(results, name, peer, key);
}

/** How many of a scenario's rounds were disturbed, and how many there were. */
export function disturbedRounds(results: Results, scenario: string): { disturbed: number; rounds: number } {
  const rounds = new Set(
    results.disturbed.filter((each) => each.scenario === scenario).map(({ round }) => round),
  );
  const all = Object.values(results.rounds[scenario] ?? {}).map(({ length }) => length);
  return { disturbed: rounds.size, rounds: Math.max(0, ...all) };
}

function against(
  results: Results,
  at: { scenario: string; peer: string; key: string; other: string },
  compare: (value: number, other: number) => number,
): Spread | undefined {
  const others = figuresOf(results, at.scenario, at.other);
  return over(
    figuresOf(results, at.scenario, at.peer).map((figures, round) => {
      const value = figures?.[at.key];
      const other = others[round]?.[at.key];
      return value === undefined || other === undefined ? undefined : compare(value, other);
    }),
  );
}

function figuresOf(results: Results, scenario: string, peer: string): readonly (Outcome['figures'] | null)[] {
  return results.rounds[scenario]?.[peer] ?? [];
}

function over(values: readonly (number | undefined)[]): Spread | undefined {
  const known = values.filter((value) => value !== undefined).filter(Number.isFinite);
  return known.length === 0 ? undefined : spread(known);
}
