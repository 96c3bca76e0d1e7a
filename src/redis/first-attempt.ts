import type { Redis } from 'ioredis';

/** Resolves once the client has connected, or has failed to. */
export function firstAttempt(client: Redis): Promise<void> {
  return new Promise((resolve) => {
    client.once('ready', resolve).once('close', resolve);
  });
}
