import { RENEW, RESERVE, SETTLE, STATE } from './limit-scripts';

const SCRIPTS = { reserveLimits: RESERVE, settleLimits: SETTLE, renewLimits: RENEW, readLimits: STATE };
type Script = keyof typeof SCRIPTS;

/** First the four keys. */
export type Arguments = readonly (string | number)[];

/** What of ioredis's client is used here. */
export interface ScriptClient {
  defineCommand(name: string, definition: { readonly lua: string; readonly numberOfKeys: number }): void;
  /** Has a method for each command that was defined. */
  pipeline(): object;
}

type Callback = (error: Error | null | undefined, reply: unknown) => void;
type Batch = Readonly<Record<Script, (...args: [...Arguments, Callback]) => unknown>> & {
  exec(): Promise<unknown>;
};

/** Concurrent commands; more of them fail, so that a stalled Redis cannot make memory grow. */
const MAX_PENDING = 4_096;

/** Sends the commands of one turn of the event loop in one write. Redis gets each script's text once a connection. */
export class LimitCommands {
  #client: ScriptClient | undefined;
  #batch: Batch | undefined;
  #pending = 0;

  constructor(private readonly connect: () => Promise<ScriptClient>) {}

  /** Whether the first connection was made, or has failed. */
  get hasConnected(): boolean {
    return this.#client !== undefined;
  }

  /** @throws if Redis is out of reach, or does not respond */
  async send(script: Script, args: Arguments): Promise<unknown> {
    if (this.#pending >= MAX_PENDING) throw new Error('too many commands are waiting for Redis');
    this.#pending++;
    try {
      const client = this.#client ?? (await this.#connected());
      return await new Promise((resolve, reject) => {
        this.#batchOf(client)[script](...args, (error, reply) => {
          if (error) reject(error);
          else resolve(reply);
        });
      });
    } finally {
      this.#pending--;
    }
  }

  async #connected(): Promise<ScriptClient> {
    const client = await this.connect();
    if (this.#client) return this.#client;
    for (const [name, lua] of Object.entries(SCRIPTS)) client.defineCommand(name, { numberOfKeys: 4, lua });
    return (this.#client = client);
  }

  #batchOf(client: ScriptClient): Batch {
    if (this.#batch) return this.#batch;
    const batch = client.pipeline() as Batch; // ioredis adds the methods itself
    this.#batch = batch;
    setImmediate(() => {
      this.#batch = undefined;
      batch.exec().catch(() => undefined); // each command has its own callback
    });
    return batch;
  }
}
