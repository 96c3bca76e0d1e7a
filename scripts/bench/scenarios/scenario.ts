import type { Subject } from './subject';

/** One thing that is measured, of every proxy in turn. */
export interface Scenario {
  /** For `--only`, and in the results. */
  readonly name: string;
  readonly title: string;
  /** Measured with a TLS upstream, of the proxies that are set up for one. */
  readonly overTls: boolean;
  /** Whether it is also measured without a proxy, to find what the proxy adds. */
  readonly alsoDirect: boolean;
  /** What a proxy must be able to do; the others are left out of it. */
  readonly needs?: 'relaysWebSockets' | 'failsOver' | 'routesModels';
  /** The minimum number of rounds; a cold start is short and noisy. */
  readonly leastRounds?: number;
  /** Whether `--quick` measures it. */
  readonly inQuick: boolean;
  readonly figures: readonly Figure[];
  measure(subject: Subject, extent: Extent): Promise<Outcome>;
}

/** What a figure is called, and how it is written. */
export interface Figure {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
  /**
   * `ratio`: reported as a ratio to the bare pipe's in the same round. `added`: as the difference to a direct
   * connection, in the same round.
   */
  readonly compared?: 'ratio' | 'added';
  /** Whether the chart shows it, in its own unit. The first ratio of a scenario is shown in any case. */
  readonly charted?: boolean;
}

/** How much is measured. */
export type Extent = 'quick' | 'full';

export interface Outcome {
  readonly figures: Readonly<Record<string, number>>;
  /** What failed. */
  readonly problems: readonly string[];
}
