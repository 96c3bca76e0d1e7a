import { Redis } from 'ioredis';

const CONNECT_LIMIT_MS = 10_000;
const COMMAND_LIMIT_MS = 10_000;

/** A connection to the Redis of running instances, for one command of an operator. */
export interface OperatorRedis {
  readonly client: Redis;
  /** Runs a step; what it throws is an `OperatorError`, and the connection is then closed. */
  readonly run: <T>(step: () => Promise<T>) => Promise<T>;
  readonly close: () => void;
}

/** Why a command did nothing; the message names the remedy. */
export class OperatorError extends Error {}

/**
 * @param remedy of a command that changes something: a sentence for the case that Redis cannot be used
 * @throws OperatorError if it cannot be reached
 */
export async function openRedis(url: string, remedy?: string): Promise<OperatorRedis> {
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
  const run = async <T>(step: () => Promise<T>): Promise<T> => {
    try {
      return await step();
    } catch (error) {
      client.disconnect();
      throw error instanceof OperatorError ? error : unreachable(cause ?? error, remedy);
    }
  };
  await run(() => client.connect());
  return {
    client,
    run,
    close() {
      client.disconnect();
    },
  };
}

/** Only the code: the message may contain the address. */
function unreachable(error: unknown, remedy: string | undefined): OperatorError {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const reply = /^(?:[A-Z]{4,20})(?= )/.exec(typeof message === 'string' ? message : '')?.[0];
  const reason = typeof code === 'string' ? code : (reply ?? 'no connection');
  const [outcome, end] = remedy === undefined ? ['', ''] : [', and nothing was changed', ` ${remedy}`];
  return new OperatorError(
    `Redis cannot be used (${reason})${outcome}. Check REDIS_URL, and that this machine may connect to it; a Redis in a private network is reached from a machine there.${end}`,
  );
}
