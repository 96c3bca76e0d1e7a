/** 4,096 hashes are under half a MB. */
const MAX_PAIRS = 4_096;
const MAX_RECENT_NETWORKS = 1_024;

/**
 * The networks from which each token was accepted: hashed pairs of a token's name and a network, the latest few
 * thousand. Clients of a network that are already in use are not affected when another one there starts to guess.
 */
export class AcceptedPairs {
  /** In the order of their last use. */
  readonly #pairs = new Set<string>();
  /**
   * The same for active clients, so that their requests cost two lookups and no hash. It is cleared when it is full,
   * which also renews a pair in `#pairs` long before 4,096 others have been added.
   */
  readonly #recent = new Map<string, Set<string>>();

  isRecent(network: string, tokenName: string): boolean {
    return this.#recent.get(network)?.has(tokenName) === true;
  }

  has(pair: string): boolean {
    return this.#pairs.has(pair);
  }

  /** @param pair the hash of the token's name and the network */
  add(pair: string, network: string, tokenName: string): void {
    this.#pairs.delete(pair);
    this.#pairs.add(pair);
    if (this.#pairs.size > MAX_PAIRS) {
      const [oldest = ''] = this.#pairs;
      this.#pairs.delete(oldest);
    }
    const names = this.#recent.get(network);
    if (names) {
      names.add(tokenName);
      return;
    }
    if (this.#recent.size >= MAX_RECENT_NETWORKS) this.#recent.clear();
    this.#recent.set(network, new Set([tokenName]));
  }
}
