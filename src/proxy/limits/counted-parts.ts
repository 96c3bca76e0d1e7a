import type { Use } from './limit-store';

/** What was counted of a request that goes on, so that each part of its use is counted once. */
export class CountedParts {
  #tokens = 0;
  #nanoUsd = 0;

  /** What of its use until now is not counted yet; from here on it is. What it is said to have used may become less. */
  next({ tokens, nanoUsd }: Use): Use {
    const part = {
      tokens: Math.max(0, tokens - this.#tokens),
      nanoUsd: Math.max(0, nanoUsd - this.#nanoUsd),
    };
    this.#tokens += part.tokens;
    this.#nanoUsd += part.nanoUsd;
    return part;
  }
}
