/** Items of one weight, which take their turns one after the other. */
interface Group {
  readonly weight: number;
  readonly places: number[];
  /** Turns that its items have had together. */
  taken: number;
}

/**
 * One lap in which each item stands as often as it weighs, spread as evenly as can be (smooth weighted round-robin, as
 * nginx has it: with each turn every item earns its weight, and the richest pays the whole sum for the turn).
 * Items of one weight earn alike and so come in turn: it is enough to compare one of each weight.
 * @param items with weights that are whole numbers from 1
 */
export function weightedLap<Item extends { readonly weight: number }>(items: readonly Item[]): Item[] {
  const groups = groupsOf(items.map(({ weight }) => weight));
  const total = groups.reduce((sum, { weight, places }) => sum + weight * places.length, 0);
  const lap: Item[] = [];
  for (let turn = 1; turn <= total; turn++) {
    const item = items[nextPlace(groups, turn, total)];
    if (item) lap.push(item);
  }
  return lap;
}

function groupsOf(weights: readonly number[]): Group[] {
  const groups = new Map<number, Group>();
  weights.forEach((weight, place) => {
    const group = groups.get(weight) ?? { weight, places: [], taken: 0 };
    groups.set(weight, group);
    group.places.push(place);
  });
  return [...groups.values()];
}

/** Whose turn it is; of several equally rich the first. */
function nextPlace(groups: readonly Group[], turn: number, total: number): number {
  let richest: Group | undefined;
  let bestCredit = -Infinity;
  let bestPlace = -1;
  for (const group of groups) {
    const { weight, places, taken } = group;
    const place = places[taken % places.length] ?? -1;
    const credit = turn * weight - Math.floor(taken / places.length) * total;
    if (credit < bestCredit || (credit === bestCredit && place > bestPlace)) continue;
    [richest, bestCredit, bestPlace] = [group, credit, place];
  }
  if (richest) richest.taken++;
  return bestPlace;
}
