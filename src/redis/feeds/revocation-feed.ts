import { revocationOf } from '../../config/parsers/secrets';
import type { Logger } from '../../log/logger';
import type { Revocation, Revocations } from '../../proxy/tokens/revocations';
import { followChannel, type Connections } from './follow-channel';

/**
 * The hash of revoked tokens: an item of REVOKED_TOKENS as the field, and when it was written (Unix time in s). A message
 * on the channel of the same name says that it has changed, whatever the message.
 */
export const REVOKED = 'scf-llm-proxy:revoked';
export const MAX_REVOKED = 10_000;
/** No item is longer: a name of 64 characters and an id. */
const MAX_ITEM_CHARACTERS = 80;

export interface RevocationFeed extends Connections {
  readonly revocations: Revocations;
  readonly logger: Logger;
}

/** Reads the revoked tokens at every connection and after every change. While Redis is away, those that are known remain. */
export function followRevocations({ client, subscriber, revocations, logger }: RevocationFeed): void {
  let wasTooLong = false;

  followChannel({ client, subscriber }, REVOKED, async () => {
    const size = await client.hlen(REVOKED);
    if (size > MAX_REVOKED) {
      if (!wasTooLong) {
        logger.error(
          { entries: size },
          `redis has more than ${MAX_REVOKED} revoked tokens, so changes are not followed; "npm run token -- panic" revokes every token that was made so far, and shortens the list`,
        );
      }
      wasTooLong = true;
      return;
    }
    wasTooLong = false;
    const items = await client.hkeys(REVOKED);
    // If it has grown meanwhile, the message about that has it read again.
    if (items.length <= MAX_REVOKED) revocations.follow(items.flatMap(itemsIn));
  });
}

function itemsIn(text: string): readonly Revocation[] {
  const item = text.length <= MAX_ITEM_CHARACTERS ? revocationOf(text) : undefined;
  return item ? [item] : [];
}
