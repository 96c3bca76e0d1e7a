import { Redis } from 'ioredis';

/** Why Redis cannot be used, without anything of its address: a code, or the beginning of its error reply. */
export class RedisUnreachable extends Error {
  constructor(readonly reason: string) {
    super(`Redis cannot be used (${reason})`);
  }
}

/** A Redis that a command uses. */
export interface RedisConnection {
  /** @throws RedisUnreachable if a command fails */
  run<T>(step: (client: Redis) => Promise<T>): Promise<T>;
  close(): void;
}

const CONNECT_LIMIT_MS = 10_000;
const COMMAND_LIMIT_MS = 10_000;

/**
 * @param isOurs whether an error is one of the caller's own, and is passed on as it is
 * @throws RedisUnreachable
 */
export async function connectToRedis(
  url: string,
  isOurs: (error: unknown) => boolean = () => false,
): Promise<RedisConnection> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_LIMIT_MS,
    commandTimeout: COMMAND_LIMIT_MS,
    maxRetriesPerRequest: 0,
    disconnectTimeout: 100, // the process would wait for as long after a refused connection
    retryStrategy: () => null,
  });
  let cause: unknown;
  client.on('error', (error) => (cause = error));
  const connection: RedisConnection = {
    async run(step) {
      try {
        return await step(client);
      } catch (error) {
        client.disconnect();
        throw isOurs(error) ? error : new RedisUnreachable(reasonOf(cause ?? error));
      }
    },
    close() {
      client.disconnect();
    },
  };
  await connection.run(() => client.connect());
  return connection;
}

/** Only the code: the message may contain the address. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const reply = /^(?:[A-Z]{4,20})(?= )/.exec(typeof message === 'string' ? message : '')?.[0];
  return typeof code === 'string' ? code : (reply ?? 'no connection');
}
