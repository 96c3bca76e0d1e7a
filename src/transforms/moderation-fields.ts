import { JsonBody } from './json-body';
import type { Transform } from './transform';

/** What clients of older proxies send to the proxy itself; an upstream refuses parameters that it does not know. */
const FIELDS = new Set(['moderation', 'moderation_level']);

/** Removes `moderation` and `moderation_level` from the top level of the body. */
export const removeModerationFields: Transform = (json) => {
  if (!json.mayHave('moderation')) return json;
  const { members, bytes } = json;
  if (!members?.some((member) => FIELDS.has(member.key))) return json;
  const kept = members
    .filter((member) => !FIELDS.has(member.key))
    .map((member) => bytes.subarray(member.keyStart, member.value.end));
  const parts = kept.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from(','), part]));
  return new JsonBody(Buffer.concat([Buffer.from('{'), ...parts, Buffer.from('}')]));
};
