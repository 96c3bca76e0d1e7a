import { median } from './statistics';

/** What one unit of either kind cost, in turns that followed each other. */
export interface Turn {
  readonly plain: number;
  readonly costly: number;
}

/** Medians over all turns. */
export interface PairFigures {
  readonly plain: number;
  readonly costly: number;
  /** Of the differences, each within a turn: so what changes between turns does not count. */
  readonly difference: number;
}

/**
 * Measures two kinds of work in turns, in rotating order, so that compilation and other load on the machine affect both
 * alike.
 * @param measure measures one unit
 */
export async function inTurns<Kind>(
  turns: number,
  kinds: { readonly plain: Kind; readonly costly: Kind },
  measure: (kind: Kind) => Promise<number>,
): Promise<PairFigures> {
  const all: Turn[] = [];
  for (let turn = 0; turn < turns; turn++) {
    if (turn % 2 === 0) {
      const plain = await measure(kinds.plain);
      all.push({ plain, costly: await measure(kinds.costly) });
    } else {
      const costly = await measure(kinds.costly);
      all.push({ costly, plain: await measure(kinds.plain) });
    }
  }
  return {
    plain: median(all.map(({ plain }) => plain)),
    costly: median(all.map(({ costly }) => costly)),
    difference: median(all.map(({ plain, costly }) => costly - plain)),
  };
}
