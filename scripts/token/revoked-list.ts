import { revocationOf } from '../../src/config/parsers/secrets';
import { idOf, type Revocation } from '../../src/proxy/tokens/revocations';
import { SIGNED_PREFIX } from '../../src/proxy/tokens/signed-token-search';
import { MAX_REVOKED, REVOKED } from '../../src/redis/feeds/revocation-feed';
import { OperatorError, openRedis } from '../operator/redis';

/** The revoked tokens in Redis, which running instances follow. Items have the form of REVOKED_TOKENS. */
export interface RevokedList {
  /** Each item, and when it was written: Unix time in s, 0 if that is not known. */
  read(): Promise<ReadonlyMap<string, number>>;
  /** Removes all entries that a predicate selects, however many there are, and resolves with how many. */
  prune(isObsolete: (item: string) => boolean): Promise<void>;
  size(): Promise<number>;
  /** Changes the list, and resolves with the number of instances that were told. */
  change(change: ListChange): Promise<number>;
  close(): void;
}

export interface ListChange {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** Whether entries are added to a list that has no room as well. */
  readonly anySize?: boolean;
  /** The wall clock, in ms. */
  readonly nowMs: number;
}

/** @throws OperatorError if Redis cannot be reached */
export async function openRevokedList(url: string): Promise<RevokedList> {
  const { client, run, close } = await openRedis(
    url,
    'Without it: REDIS_URL= npm run token -- revoke NAME prints the line to deploy.',
  );
  return {
    read: () =>
      run(async () => {
        if ((await client.hlen(REVOKED)) > MAX_REVOKED) throw tooLong();
        return new Map(
          Object.entries(await client.hgetall(REVOKED)).map(([item, at]) => [item, secondsIn(at)]),
        );
      }),
    prune: (isObsolete) =>
      run(async () => {
        let cursor = '0';
        do {
          const [next, pairs] = await client.hscan(REVOKED, cursor, 'COUNT', 1_000);
          const obsolete = pairs.filter((item, at) => at % 2 === 0 && isObsolete(item));
          if (obsolete.length > 0) await client.hdel(REVOKED, ...obsolete);
          cursor = next;
        } while (cursor !== '0');
      }),
    size: () => run(() => client.hlen(REVOKED)),
    change: ({ add = [], remove = [], nowMs, anySize = false }) =>
      run(async () => {
        if (add.length > 0 && !anySize && (await client.hlen(REVOKED)) + add.length > MAX_REVOKED)
          throw tooLong();
        const commands = client.multi();
        if (remove.length > 0) commands.hdel(REVOKED, ...remove);
        for (const item of add) commands.hset(REVOKED, item, Math.floor(nowMs / 1_000));
        const results = (await commands.publish(REVOKED, 'changed').exec()) ?? [];
        for (const [error] of results) if (error) throw error;
        return Number(results.at(-1)?.[1] ?? 0);
      }),
    close,
  };
}

/**
 * An item in the form in which it is kept: of a name, an id, a time (`before:…`), or a whole token, of which only the id is
 * used. `undefined` if it is none.
 */
export function itemOf(text: string): string | undefined {
  const [, name = '', issued = ''] = text.startsWith(SIGNED_PREFIX) ? text.split('~') : [];
  const revocation = revocationOf(name === '' ? text : `${name}~${issued}`);
  return revocation && textOf(revocation);
}

export function textOf(revocation: Revocation): string {
  if ('before' in revocation)
    return `before:${new Date(revocation.before * 1_000).toISOString().slice(0, 19)}Z`;
  const { name, issuedAt } = revocation;
  return issuedAt === undefined ? name : idOf(name, issuedAt);
}

/** The items that a time makes superfluous: earlier times, and tokens that were issued before it. */
export function isCoveredBy(before: number): (item: string) => boolean {
  return (item) => {
    const revocation = revocationOf(item);
    if (!revocation) return true; // not an item: nothing that instances use
    if ('before' in revocation) return revocation.before < before;
    return revocation.issuedAt !== undefined && revocation.issuedAt < before;
  };
}

function secondsIn(text: string): number {
  return /^\d{1,11}$/.test(text) ? Number(text) : 0;
}

function tooLong(): OperatorError {
  return new OperatorError(
    `The list in Redis has no room: it may have ${MAX_REVOKED} entries. "npm run token -- panic" revokes every token that was made so far, and clears it.`,
  );
}
