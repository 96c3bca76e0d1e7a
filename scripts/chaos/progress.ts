import type { Progress, Reached } from './upstream/upstream';

/** For what the client cannot see: the head mostly goes out with the first bytes of the body. */
const UNSEEN_MS = 60;
const LONGEST_MS = 2_000;
/** For the proxy to do what it does once the client has its response. */
const SETTLE_MS = 20;

/** What a cell's client has got, as its upstream waits for it. */
export class ClientProgress implements Progress {
  readonly #waiting = new Map<Reached, () => void>();
  readonly #reached = new Set<Reached>();

  report(what: Reached): void {
    this.#reached.add(what);
    this.#waiting.get(what)?.();
  }

  async reached(what: Reached): Promise<void> {
    if (what === 'head') return delay(UNSEEN_MS);
    if (!this.#reached.has(what)) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LONGEST_MS);
        this.#waiting.set(what, () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return delay(SETTLE_MS);
  }
}

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
