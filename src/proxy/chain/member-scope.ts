import type { Exchange } from '../exchange/exchange';

/** What one member's attempts hold: until the response closes, or until the request goes on to the next member. */
export class MemberScope implements Pick<Exchange, 'onClose' | 'onSettle'> {
  #isOver = false;
  readonly #releases: (() => void)[] = [];

  constructor(private readonly exchange: Pick<Exchange, 'onClose' | 'onSettle'>) {}

  onClose(release: () => void): void {
    this.#releases.push(release);
    this.exchange.onClose(() => {
      if (!this.#isOver) release();
    });
  }

  /** The request is counted only with the keys of the member that it was last sent to. */
  onSettle(settle: () => Promise<void> | undefined): void {
    this.exchange.onSettle(() => (this.#isOver ? undefined : settle()));
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const release of this.#releases.splice(0)) release();
  }
}
