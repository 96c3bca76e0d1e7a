import type { Redis } from 'ioredis';

const RETRY_MS = 1_000;

/** The two connections to Redis: one that is asked, one that listens. */
export interface Connections {
  readonly client: Redis;
  readonly subscriber: Redis;
}

/**
 * Calls `read` at every connection and after every message on a channel, whatever the message. Messages that come while it
 * runs are one more call, however many they are; one that fails is repeated.
 */
export function followChannel(
  { client, subscriber }: Connections,
  channel: string,
  read: () => Promise<void>,
): void {
  let reading = false;
  let isStale = false;

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
    subscriber.subscribe(channel).then(update, () => undefined);
  };
  subscriber.on('ready', subscribe).on('message', (name: string) => {
    if (name === channel) update();
  });
  client.on('ready', update);
}
