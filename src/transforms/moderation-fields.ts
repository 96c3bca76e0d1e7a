import { dropMembers } from './drop-members';
import type { Transform } from './transform';

/** Parameters that clients of older proxies send to the proxy itself; an upstream rejects unknown parameters. */
const drop = dropMembers(['moderation', 'moderation_level']);

/** Removes `moderation` and `moderation_level` from the top level of the body, wherever and however often they stand there. */
export const removeModerationFields: Transform = (json) => (json.mayHave('moderation') ? drop(json) : json);
