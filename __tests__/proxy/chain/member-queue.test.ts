import { openai } from '../../../src/providers/openai';
import { MemberQueue } from '../../../src/proxy/chain/member-queue';
import type { ServingMember } from '../../../src/proxy/routing/route-chain';

const member = (name: string): ServingMember => ({ provider: openai, model: name, weight: 1, name });
const [a, b, c] = [member('a'), member('b'), member('c')];

describe('the members that are left to try', () => {
  it('are taken in their order, and those that are avoided at the end', () => {
    const queue = new MemberQueue([a, b, c], ({ name }) => name === 'a');
    expect(queue.peek()).toBe(b);
    expect([queue.take(), queue.take(), queue.take()]).toEqual([b, c, a]);
    expect(queue.peek()).toBeUndefined();
    expect(() => queue.take()).toThrow(RangeError);
  });

  it('are avoided by what is known when their turn comes', () => {
    const avoided = new Set<string>();
    const queue = new MemberQueue([a, b, c], ({ name }) => avoided.has(name));
    expect(queue.take()).toBe(a);
    avoided.add('b');
    expect([queue.take(), queue.take()]).toEqual([c, b]);
  });
});
