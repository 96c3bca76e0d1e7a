import { openai } from '../../../src/providers/openai';
import { ConversationPlaces, conversationIn, membersInOrder } from '../../../src/proxy/chain/member-order';
import type { RequestChain, ServingMember } from '../../../src/proxy/routing/route-chain';

const member = (name: string, weight = 1): ServingMember => ({ provider: openai, model: name, weight, name });
const chain = (...steps: ServingMember[][]): RequestChain => ({ name: 'm', model: 'm', steps });

/** The same numbers each time (Numerical Recipes’ generator). */
function seeded(): () => number {
  let state = 20_261_129;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const countFirsts = (orders: readonly ServingMember[][]) => {
  const counts: Record<string, number> = {};
  for (const [first] of orders) counts[first?.name ?? ''] = (counts[first?.name ?? ''] ?? 0) + 1;
  return counts;
};

describe('the members of a chain', () => {
  const weighed = chain([member('x', 3), member('y')], [member('z')]);

  it('share 400 requests by weight, and each is the second choice of the other', () => {
    const random = seeded();
    const orders = Array.from({ length: 400 }, () => membersInOrder(weighed, undefined, random));
    const { x = 0, y = 0, ...others } = countFirsts(orders);
    expect([x + y, others]).toEqual([400, {}]);
    expect(x).toBeGreaterThan(270); // 300 expected, with a standard deviation of 9
    expect(x).toBeLessThan(330);
    for (const order of orders) expect(order.map(({ name }) => name).sort()).toEqual(['x', 'y', 'z']);
    expect(orders.every((order) => order[2]?.name === 'z')).toBe(true);
  });

  it('share 400 conversations by weight, and have the same order for each request of one', () => {
    const orders = Array.from({ length: 400 }, (_, at) => {
      const conversation = conversationIn(weighed, `session ${at}`);
      const order = membersInOrder(weighed, conversation, () => 0.1);
      expect(membersInOrder(weighed, conversation, () => 0.9)).toEqual(order);
      return order;
    });
    const { x = 0 } = countFirsts(orders);
    expect(x).toBeGreaterThan(270);
    expect(x).toBeLessThan(330);
  });

  it('stand in the order of their steps if each has a step of its own', () => {
    const order = membersInOrder(chain([member('a')], [member('b')], [member('c')]), undefined, seeded());
    expect(order.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('the places of conversations', () => {
  const [a, b] = [member('a'), member('b')];

  it('are remembered only if they are not the first for their name', () => {
    const places = new ConversationPlaces();
    places.remember(1, b, a);
    places.remember(2, a, a);
    expect([places.placeOf(1), places.placeOf(2)]).toEqual(['b', undefined]);
    places.remember(1, a, a);
    expect(places.placeOf(1)).toBeUndefined();
  });

  it('are forgotten, the least recent first, if there are more than 4096', () => {
    const places = new ConversationPlaces();
    for (let at = 0; at < 4_096; at++) places.remember(at, b, a);
    places.remember(0, b, a);
    places.remember(5_000, b, a);
    expect([places.placeOf(0), places.placeOf(1), places.placeOf(2)]).toEqual(['b', undefined, 'b']);
  });
});
