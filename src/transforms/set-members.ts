import { memberNamed } from '../json/scan';
import { OUTPUT_LIMITS } from './cap-output';
import { appended, spliced } from './splice';
import type { Transform } from './transform';

/** JSON texts of values, by the names of the members. */
export type MemberTexts = ReadonlyMap<string, string>;

const OPEN_BRACE = 0x7b;

/** Adds those members to the top level that the body does not have. The names of one limit count as one. */
export function defaultMembers(texts: MemberTexts): Transform {
  return (json) => {
    const { bytes, members } = json;
    if (!members) return json;
    const isThere = (name: string) => memberNamed(members, name) !== undefined;
    const missing = [...texts].filter(([name]) =>
      OUTPUT_LIMITS.includes(name) ? !OUTPUT_LIMITS.some(isThere) : !isThere(name),
    );
    return missing.length === 0
      ? json
      : spliced(json, [appended(members, bytes.indexOf(OPEN_BRACE), written(missing))]);
  };
}

/**
 * Gives members of the top level these values. If the body has one of them several times all get the same value, so that a
 * provider that reads another than this proxy gets it as well.
 */
export function setMembers(texts: MemberTexts): Transform {
  return (json) => {
    const { bytes, members } = json;
    if (!members) return json;
    const edits = members.flatMap(({ key, value }) => {
      const text = key === undefined ? undefined : texts.get(key);
      return text === undefined || bytes.toString('utf8', value.start, value.end) === text
        ? []
        : [{ ...value, text }];
    });
    const missing = [...texts].filter(([name]) => !memberNamed(members, name));
    if (missing.length > 0) edits.push(appended(members, bytes.indexOf(OPEN_BRACE), written(missing)));
    return spliced(json, edits);
  };
}

function written(members: readonly (readonly [name: string, text: string])[]): string {
  return members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',');
}
