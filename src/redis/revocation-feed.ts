import type { Redis } from 'ioredis';
import { revocationOf } from '../config/parsers/secrets';
import type { Logger } from '../log/logger';
import type { Revocation, Revocations } from '../proxy/tokens/revocations';

/**
 * The hash of revoked tokens: an item of REVOKED_TOKENS as the field, and when it was written (Unix time in s). A message
 * on the channel of the same name says that it has changed, whatever the message.
 */
export const REVOKED = 'scf-llm-proxy:revoked';
export const MAX_REVOKED = 10_000;
/** No item is longer: a name of 64 characters and an id. */
const MAX_ITEM_CHARACTERS = 80;
const RETRY_MS = 1_000;

export interface RevocationFeed {
  readonly client: Redis;
  readonly subscriber: Redis;
  readonly revocations: Revocations;
  readonly logger: Logger;
}

/** Reads the revoked tokens at every connection and after every change. While Redis is away, those that are known remain. */
export function followRevocations({ client, subscriber, revocations, logger }: RevocationFeed): void {
  let reading = false;
  let isStale = false;
  let wasTooLong = false;

  const read = async (): Promise<void> => {
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
    revocations.follow((await client.hkeys(REVOKED)).slice(0, MAX_REVOKED).flatMap(itemsIn));
  };

  // Changes that come while the list is read are one more reading, however many they are.
  const update = (): void => {
    isStale = true;
    if (reading) return;
    reading = true;
    void (async () => {
      try {
        while (isStale) {
          isStale = false;
          await read();
        }
      } catch {
        // At the next connection it is read again; a command that failed on this one is repeated.
        if (client.status === 'ready') setTimeout(update, RETRY_MS).unref();
      }
      reading = false;
    })();
  };

  // Read once the subscription is certain, so that no change falls between the two.
  const subscribe = () => {
    subscriber.subscribe(REVOKED).then(update, () => undefined);
  };
  subscriber.on('ready', subscribe).on('message', (channel: string) => {
    if (channel === REVOKED) update();
  });
  client.on('ready', update);
}

function itemsIn(text: string): readonly Revocation[] {
  const item = text.length <= MAX_ITEM_CHARACTERS ? revocationOf(text) : undefined;
  return item ? [item] : [];
}
