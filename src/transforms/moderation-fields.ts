import { rootMembers } from './json-scan';
import type { Transform } from './transform';

/** What clients of older proxies send to the proxy itself; an upstream refuses parameters that it does not know. */
const FIELDS = new Set(['moderation', 'moderation_level']);

/** Removes `moderation` and `moderation_level` from the top level of the body. */
export const removeModerationFields: Transform = (body) => {
  if (!body.includes('"moderation')) return body;
  const members = rootMembers(body);
  if (!members?.some((member) => FIELDS.has(member.key))) return body;
  const kept = members
    .filter((member) => !FIELDS.has(member.key))
    .map((member) => body.subarray(member.keyStart, member.value.end));
  return Buffer.concat([
    Buffer.from('{'),
    ...kept.flatMap((bytes, at) => (at === 0 ? [bytes] : [Buffer.from(','), bytes])),
    Buffer.from('}'),
  ]);
};
