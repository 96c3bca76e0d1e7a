import type { Member } from '../json/scan';
import { spliced, type Edit } from './splice';
import type { Transform } from './transform';

/**
 * Removes the members of these names from the top level of the body, wherever and however often they stand there, each
 * with one comma.
 */
export function dropMembers(names: Iterable<string>): Transform {
  const dropped = new Set(names);
  const isDropped = ({ key }: Member) => key !== undefined && dropped.has(key);
  return (json) => {
    const { members } = json;
    return members?.some(isDropped) === true ? spliced(json, cuts(members, isDropped)) : json;
  };
}

/** One for each run of members that stand side by side. */
function cuts(members: readonly Member[], isDropped: (member: Member) => boolean): readonly Edit[] {
  const edits: Edit[] = [];
  for (let from = 0; from < members.length; from++) {
    const first = members[from];
    if (!first || !isDropped(first)) continue;
    let to = from + 1;
    for (let next = members[to]; next && isDropped(next); next = members[to]) to++;
    const kept = members[from - 1];
    const next = members[to];
    const last = members[to - 1] ?? first;
    // The last ones go with the comma before them, the others with the one behind.
    const start = next || !kept ? first.keyStart : kept.value.end;
    edits.push({ start, end: next ? next.keyStart : last.value.end, text: '' });
    from = to;
  }
  return edits;
}
