import type { Redis } from 'ioredis';
import type { KeyCharge } from '../proxy/keys/key-health';
import type { SharedKeys } from '../proxy/keys/key-source';

/** Sums are kept for a day longer than their window, for instances whose clocks differ. */
const MARGIN_MS = 24 * 60 * 60 * 1_000;
/** Windows whose sums are not in Redis yet; there are hardly more keys. */
const MAX_UNSENT = 1_024;

/** The window of a key's budget. */
type Window = Omit<KeyCharge, 'nanoUsd'>;

/** Sums what is spent with keys that have a budget, over all instances and those that no longer run. */
export class SharedKeySpending {
  /** What Redis has not confirmed, by the name of the sum. */
  readonly #unsent = new Map<string, KeyCharge>();
  /** One command at a time for each sum, so that a Redis that stalls does not make them pile up. */
  readonly #sending = new Set<string>();

  constructor(
    private readonly connect: () => Promise<Redis>,
    private readonly prefix: string,
    private readonly keys: SharedKeys,
  ) {}

  /** Adds what a request has cost, and tells the key what all instances have spent. */
  add(charge: KeyCharge): void {
    const name = this.#nameOf(charge);
    this.#keep(name, charge);
    if (!this.#sending.has(name)) void this.#send(name);
  }

  /** Sends what could not be sent, and tells the keys what other instances have spent. */
  async catchUp(): Promise<void> {
    for (const name of [...this.#unsent.keys()]) if (!this.#sending.has(name)) void this.#send(name);
    const windows = this.keys.budgets();
    if (windows.length === 0) return;
    const client = await this.connect();
    const sums = await client.mget(windows.map((window) => this.#nameOf(window)));
    for (const [at, window] of windows.entries()) this.#tell(window, sums[at]);
  }

  /** Never rejects: the loss of the connection is logged elsewhere. */
  async #send(name: string): Promise<void> {
    this.#sending.add(name);
    const client = await this.connect().catch(() => undefined);
    let isReached = client !== undefined;
    for (
      let charge = this.#unsent.get(name);
      client && charge && isReached;
      charge = this.#unsent.get(name)
    ) {
      this.#unsent.delete(name);
      const adding = client.pipeline().incrby(name, charge.nanoUsd);
      if (charge.period !== 'total') adding.pexpireat(name, charge.endMs + MARGIN_MS);
      const replies = await adding.exec().catch(() => undefined);
      const [error, sum] = replies?.[0] ?? [new Error('no reply')];
      isReached = !error;
      // If it was added and only the reply is lost, it counts twice, which is never less than was spent.
      if (error) this.#keep(name, charge);
      else this.#tell(charge, sum);
    }
    this.#sending.delete(name);
  }

  #keep(name: string, charge: KeyCharge): void {
    const nanoUsd = (this.#unsent.get(name)?.nanoUsd ?? 0) + Math.round(charge.nanoUsd);
    this.#unsent.set(name, { ...charge, nanoUsd: Math.min(nanoUsd, Number.MAX_SAFE_INTEGER) });
    const oldest = this.#unsent.keys().next();
    if (this.#unsent.size > MAX_UNSENT && !oldest.done) this.#unsent.delete(oldest.value);
  }

  /** @param sum as Redis has it, where anybody may have written it */
  #tell({ pool, fingerprint, endMs }: Window, sum: unknown): void {
    const nanoUsd = Number(sum ?? 0);
    if (Number.isSafeInteger(nanoUsd) && nanoUsd > 0)
      this.keys.recordSpent({ pool, fingerprint, endMs, nanoUsd });
  }

  #nameOf({ pool, fingerprint, period, endMs }: Window): string {
    return `${this.prefix}:key-spent:${pool}:${fingerprint}:${period}:${endMs}`;
  }
}
