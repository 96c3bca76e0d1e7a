import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Which instance tells the operator of an event. */
export interface AlertClaims {
  /** Resolves with whether it is this one; if Redis is out of reach, it is. @param event what happened, and to what */
  claim(event: string, windowMs: number): Promise<boolean>;
  /** Lets another instance tell it, since this one could not. */
  release(event: string): Promise<void>;
}

/** Of all instances, the first one that claims an event has it for its window. */
export function redisAlertClaims(connect: () => Promise<Redis>, prefix: string): AlertClaims {
  // A hash, so that the key is short, and names nothing.
  const keyOf = (event: string) =>
    `${prefix}:alert:${createHash('sha256').update(event).digest('base64url').slice(0, 22)}`;
  return {
    async claim(event, windowMs) {
      try {
        const client = await connect();
        return (await client.set(keyOf(event), '1', 'PX', windowMs, 'NX')) === 'OK';
      } catch {
        return true; // the loss of the connection is logged already
      }
    },
    async release(event) {
      const client = await connect();
      await client.del(keyOf(event)).catch(() => undefined);
    },
  };
}
