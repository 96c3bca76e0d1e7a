import type { BookFilter } from '../../src/books/book-rows';
import { effectiveText, type Environment } from '../../src/config/effective-value';
import { VARIABLES } from '../../src/config/variables';
import { readUse } from '../../src/redis/use/read-use';
import { connectToRedis, type RedisUnreachable } from '../shared/redis-connection';

/** What Redis has of the use of all instances. */
export type RedisUse = Awaited<ReturnType<typeof readUse>>;

/** The address of Redis: what was given, or else REDIS_URL. The problem never has the address. */
export function redisUrlOf(
  given: string,
  environment: Environment,
): { readonly url: string } | { readonly problem: string } {
  const text = given === '' ? effectiveText(VARIABLES.redisUrl, environment) : given;
  const parsed = VARIABLES.redisUrl.parse(text);
  if ('problem' in parsed)
    return { problem: `${given === '' ? VARIABLES.redisUrl.name : '--redis'} ${parsed.problem}` };
  return parsed.value === ''
    ? {
        problem:
          'REDIS_URL is not set. Set it in the environment or .env, as the deployment has it, or give the address after --redis.',
      }
    : { url: parsed.value };
}

/** @throws RedisUnreachable */
export async function readUseFrom(url: string, filter: BookFilter, nowMs: number): Promise<RedisUse> {
  const connection = await connectToRedis(url);
  try {
    return await connection.run((client) => readUse(client, filter, nowMs));
  } finally {
    connection.close();
  }
}

/** What to print if it cannot be read. */
export function unreachableAdvice({ message }: RedisUnreachable): string {
  return `${message}. Check its address, and that this machine may connect to it; a Redis in a private network is reached from a machine there.`;
}
