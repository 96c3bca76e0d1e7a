import { MAX_PACKAGES, MAX_PUSHED, type PushKeys } from '../../config/pushed-table';
import { followChannel, type Connections } from './follow-channel';

/** Longer than a package is likely to run without an instance that starts. */
const PACKAGES_TTL_SECONDS = 90 * 24 * 60 * 60;

/** What Redis has. */
export interface PushedRead {
  /** The sealed table; `undefined` if there is none. */
  readonly sealed: string | undefined;
  /** The ids of all known packages, with the own one. */
  readonly packages: readonly string[];
}

/** What follows a pushed configuration. */
export interface ConfigFollower {
  readonly keys: PushKeys;
  /** Of the package that runs here. */
  readonly packageId: string;
  /** Called at every connection and after every change. */
  readonly onRead: (read: PushedRead) => void;
  /** Called in place of that if there is more than can have been pushed. */
  readonly onTooLarge: () => void;
  /** Called if Redis cannot be reached. */
  readonly onLost: () => void;
}

/**
 * Reads the pushed configuration at every connection and after every change. While Redis is away, nothing changes.
 * @param now the wall clock, in ms
 */
export function followConfig(connections: Connections, follower: ConfigFollower, now: () => number): void {
  const { client } = connections;
  const { table, packages } = follower.keys;
  client.on('close', follower.onLost);
  followChannel(connections, table, async () => {
    // Before the table is read: one that is pushed from now on knows this package.
    const nowSeconds = Math.floor(now() / 1_000);
    await client
      .multi()
      .hset(packages, follower.packageId, nowSeconds)
      .expire(packages, PACKAGES_TTL_SECONDS)
      .exec();
    if ((await client.strlen(table)) > MAX_PUSHED || (await client.hlen(packages)) > MAX_PACKAGES) {
      follower.onTooLarge();
      return;
    }
    const known = await client.hkeys(packages);
    follower.onRead({ sealed: (await client.get(table)) ?? undefined, packages: known });
  });
}
