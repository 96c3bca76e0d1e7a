import { Instance, type InstanceOptions } from './instances';

/** A slot in an instance, occupied as long as a request runs. */
export interface Lease {
  readonly port: number;
  release(): void;
}

/** The instances of one revision of a function: as many as its load needs. */
export class Fleet {
  readonly #instances = new Set<Instance>();
  readonly #options: InstanceOptions;
  readonly #maxConcurrency: number;
  #retired = false;

  constructor(options: InstanceOptions, maxConcurrency: number) {
    this.#options = options;
    this.#maxConcurrency = maxConcurrency;
  }

  get size(): number {
    return this.#instances.size;
  }

  /**
   * A slot in an instance that has a free one, or in a further instance; rejects with a StartError if that does not
   * start.
   */
  async lease(): Promise<Lease> {
    const instance =
      [...this.#instances].find(({ requests }) => requests < this.#maxConcurrency) ?? this.#add();
    instance.enter();
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      instance.leave();
      if (this.#retired && instance.requests === 0) void instance.stop();
    };
    try {
      return { port: await instance.ready, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  #add(): Instance {
    const instance: Instance = new Instance(this.#options, () => this.#instances.delete(instance));
    this.#instances.add(instance);
    return instance;
  }

  /** No new requests will arrive: instances end as soon as the running ones have ended. */
  retire(): void {
    this.#retired = true;
    for (const instance of this.#instances) if (instance.requests === 0) void instance.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#instances].map((instance) => instance.stop()));
  }
}
