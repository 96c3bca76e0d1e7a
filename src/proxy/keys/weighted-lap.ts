/** Items of the same weight, which take turns one after the other. */
interface Group {
  readonly weight: number;
  /** The indexes of its items in the list. */
  readonly places: number[];
  /** Which of them is next, and its credit. */
  next: number;
  credit: number;
}

/**
 * One lap that contains each item as often as its weight, spread as evenly as possible (nginx's smooth weighted
 * round-robin: with each turn the credit of every item grows by its weight, and the total weight is subtracted from the
 * item with the highest credit). Items of the same weight take turns, so it is enough to compare one of each weight.
 * @param items with weights that are integers from 1
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

/** The index of the item whose turn it is: the first with the highest credit. */
function takeTurn(groups: readonly Group[], total: number): number {
  let best: Group | undefined;
  for (const group of groups) {
    group.credit += group.weight;
    if (!best || group.credit > best.credit) best = group;
    else if (group.credit === best.credit && placeOf(group) < placeOf(best)) best = group;
  }
  if (!best) return -1;
  const place = placeOf(best);
  best.next++;
  if (best.next === best.places.length) {
    best.next = 0;
    best.credit -= total; // now all of them have had a turn; until then the next item has the credit that this one had
  }
  return place;
}

function placeOf({ places, next }: Group): number {
  return places[next] ?? -1;
}
