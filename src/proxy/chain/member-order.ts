import { conversationSeed, quickTextHash, rendezvousScore } from '../keys/rendezvous-hash';
import type { RequestChain, ServingMember } from '../routing/route-chain';

/** Some 100 bytes each. */
const MAX_REMEMBERED = 4_096;

/**
 * Where conversations are answered: at the provider that has the beginning of the prompt in its cache. Only those are
 * remembered that are answered elsewhere than at the first member for their name, which needs no memory.
 */
export class ConversationPlaces {
  readonly #places = new Map<number, string>();

  /** The name of the member that answered last; `undefined` if that is the first for its name, or is not known. */
  placeOf(conversation: number): string | undefined {
    return this.#places.get(conversation);
  }

  remember(conversation: number, member: ServingMember, first: ServingMember): void {
    this.#places.delete(conversation);
    if (member.name === first.name) return;
    this.#places.set(conversation, member.name);
    for (const oldest of this.#places.keys()) {
      if (this.#places.size <= MAX_REMEMBERED) break;
      this.#places.delete(oldest);
    }
  }
}

/** A conversation's number within a chain; that two share one harms neither. */
export function conversationIn(chain: RequestChain, conversation: string): number {
  return conversationSeed(`${chain.name}\0${conversation}`);
}

/**
 * The members in the order in which a request tries them. Those of one step get their share of the requests by weight.
 * @param conversation gives the same order in every instance; `undefined` for a request that has no earlier one
 * @param random in [0, 1); for a request without a conversation
 */
export function membersInOrder(
  chain: RequestChain,
  conversation: number | undefined,
  random: () => number,
): ServingMember[] {
  return chain.steps.flatMap((step) => (step.length === 1 ? step : byWeight(step, conversation, random)));
}

function byWeight(
  step: readonly ServingMember[],
  conversation: number | undefined,
  random: () => number,
): ServingMember[] {
  return step
    .map((member) => ({
      member,
      score:
        conversation === undefined
          ? -member.weight / Math.log(random())
          : rendezvousScore(conversation, quickTextHash(member.name), member.weight),
    }))
    .sort((a, b) => b.score - a.score)
    .map(({ member }) => member);
}
