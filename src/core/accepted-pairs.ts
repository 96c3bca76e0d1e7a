/** 4,096 hashes are under half a MB. */
const MAX_PAIRS = 4_096;
const MAX_RECENT_NETWORKS = 1_024;

/**
 * From where each token was accepted: pairs of a token's name and a network, hashed, the latest few thousand. People
 * behind one address who work already are not harmed when somebody there begins to guess.
 */
export class AcceptedPairs {
  /** In the order of their last use. */
  readonly #pairs = new Set<string>();
  /**
   * The same for those at work, so that their requests cost two look-ups and no hash. It is emptied when it is full,
   * which also renews the use of a pair long before 4,096 others came.
   */
  readonly #recent = new Map<string, Set<string>>();

  isRecent(network: string, tokenName: string): boolean {
    return this.#recent.get(network)?.has(tokenName) === true;
  }

  has(pair: string): boolean {
    return this.#pairs.has(pair);
  }

  /** @param pair the hash of both */
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
