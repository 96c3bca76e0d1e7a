/** Items of one weight, which take their turns one after the other. */
interface Group {
  readonly weight: number;
  /** Where its items stand in the list. */
  readonly places: number[];
  /** Which of them is next, and what that one has earned less what it has paid. */
  next: number;
  credit: number;
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
  for (let turn = 0; turn < total; turn++) {
    const item = items[takeTurn(groups, total)];
    if (item) lap.push(item);
  }
  return lap;
}

function groupsOf(weights: readonly number[]): Group[] {
  const groups = new Map<number, Group>();
  weights.forEach((weight, place) => {
    const group = groups.get(weight) ?? { weight, places: [], next: 0, credit: 0 };
    groups.set(weight, group);
    group.places.push(place);
  });
  return [...groups.values()];
}

/** The place of the item whose turn it is: of several equally rich ones the first. */
function takeTurn(groups: readonly Group[], total: number): number {
  let richest: Group | undefined;
  for (const group of groups) {
    group.credit += group.weight;
    if (!richest || group.credit > richest.credit) richest = group;
    else if (group.credit === richest.credit && placeOf(group) < placeOf(richest)) richest = group;
  }
  if (!richest) return -1;
  const place = placeOf(richest);
  richest.next++;
  if (richest.next === richest.places.length) {
    richest.next = 0;
    richest.credit -= total; // all of them have paid as often now; until then the next has what this one had
  }
  return place;
}

function placeOf({ places, next }: Group): number {
  return places[next] ?? -1;
}
