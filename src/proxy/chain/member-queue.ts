import type { ServingMember } from '../routing/route-chain';

/** The members that a request has not tried yet. */
export class MemberQueue {
  readonly #waiting: ServingMember[];
  readonly #avoided: ServingMember[] = [];

  /**
   * @param order of one member at least
   * @param isAvoided whether a member is passed over at present: it is tried only if no other is left
   */
  constructor(
    order: readonly ServingMember[],
    private readonly isAvoided: (member: ServingMember) => boolean,
  ) {
    this.#waiting = [...order];
  }

  /** The next one, if one is left. */
  peek(): ServingMember | undefined {
    for (;;) {
      const [member] = this.#waiting;
      if (!member) return this.#avoided[0];
      if (!this.isAvoided(member)) return member;
      this.#avoided.push(member);
      this.#waiting.shift();
    }
  }

  /** @throws RangeError if none is left */
  take(): ServingMember {
    const member = this.peek();
    if (!member) throw new RangeError('No member is left.');
    (this.#waiting.length > 0 ? this.#waiting : this.#avoided).shift();
    return member;
  }
}
