import type { BookFilter } from '../../src/books/book-rows';
import { effectiveText, type Environment } from '../../src/config/effective-value';
import { VARIABLES } from '../../src/config/variables';
import { readUse } from '../../src/redis/use/read-use';
import { openRedis } from '../operator/redis';

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

/** @throws OperatorError if it cannot be reached */
export async function readUseFrom(url: string, filter: BookFilter, nowMs: number): Promise<RedisUse> {
  const { client, run, close } = await openRedis(url);
  try {
    return await run(() => readUse(client, filter, nowMs));
  } finally {
    close();
  }
}
