import type { Redis } from 'ioredis';
import { MAX_PLACES, type SharedPlaces } from '../proxy/auth/token-places';
import { firstAttempt } from './first-attempt';

/** A token that is not used for so long has no places any more. */
const TTL_SECONDS = 90 * 24 * 60 * 60;

/** Where tokens are used, as all instances know it: a set of hashes for each. */
export function redisPlaces(connect: () => Promise<Redis>, prefix: string): SharedPlaces {
  return {
    async add(set, place) {
      const client = await connect();
      // A thief's only request may be the first of its instance.
      if (client.status !== 'ready') await firstAttempt(client);
      const key = `${prefix}:places:${set}`;
      const replies = await client.pipeline().sadd(key, place).scard(key).expire(key, TTL_SECONDS).exec();
      const [added, count] = [replies?.[0]?.[1], Number(replies?.[1]?.[1])];
      if (count > MAX_PLACES) await client.spop(key, count - MAX_PLACES);
      return added === 1 && count > 1;
    },
  };
}
