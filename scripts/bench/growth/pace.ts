/** How thoroughly everything is measured. */
export interface Pace {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Chooses some of all sizes. */
  readonly some: (sizes: readonly number[]) => readonly number[];
}

export const THOROUGH: Pace = { rounds: 5, warmUpMs: 1_500, measureMs: 800, some: (sizes) => sizes };

/** The first, the middle and the last size, for a result within a minute. */
export const QUICK: Pace = {
  rounds: 1,
  warmUpMs: 500,
  measureMs: 400,
  some: (sizes) =>
    sizes.filter((_, at) => at === 0 || at === Math.ceil((sizes.length - 1) / 2) || at === sizes.length - 1),
};
