import { JsonBody } from '../json/json-body';
import type { Member } from '../json/scan';
import type { Transform } from './transform';

/** Parameters that clients of older proxies send to the proxy itself; an upstream rejects unknown parameters. */
const FIELDS = new Set(['moderation', 'moderation_level']);

/**
 * Removes `moderation` and `moderation_level` from the top level of the body, wherever and however often they stand
 * there. What stands between two of them is copied as one run.
 */
export const removeModerationFields: Transform = (json) => {
  if (!json.mayHave('moderation')) return json;
  const { members, bytes } = json;
  if (!members?.some(isField)) return json;
  const parts: Buffer[] = [];
  let run: { readonly start: number; end: number } | undefined;
  const closeRun = () => {
    if (run) parts.push(Buffer.from(parts.length === 0 ? '{' : ','), bytes.subarray(run.start, run.end));
    run = undefined;
  };
  for (const member of members) {
    if (isField(member)) closeRun();
    else if (run) run.end = member.value.end;
    else run = { start: member.keyStart, end: member.value.end };
  }
  closeRun();
  return new JsonBody(Buffer.concat([...parts, Buffer.from(parts.length === 0 ? '{}' : '}')]));
};

function isField({ key }: Member): boolean {
  return key !== undefined && FIELDS.has(key);
}
