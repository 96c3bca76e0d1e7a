import { anthropic } from '../../../src/providers/anthropic';
import { openai } from '../../../src/providers/openai';
import {
  membersThatPass,
  RouteChain,
  type ChainMember,
  type ServingMember,
} from '../../../src/proxy/routing/route-chain';

const EMBEDDINGS = '/v1/embeddings';
const MESSAGES = '/v1/messages';

const mini: ChainMember = { provider: openai, model: 'gpt-5-mini', weight: 3 };
const own: ChainMember = { provider: openai, model: undefined, weight: 1 };
const claude: ChainMember = { provider: anthropic, model: 'claude', weight: 1 };

describe('the providers of a route', () => {
  it('are all of its steps, in their order', () => {
    expect(new RouteChain('a', [[mini, claude], [own]]).members).toEqual([mini, claude, own]);
    expect(new RouteChain('a', []).members).toEqual([]);
  });

  it('serve a request where they have its path, each under its own name', () => {
    const chain = new RouteChain('a', [[claude], [mini, claude], [own]]);
    expect(chain.serving(EMBEDDINGS, 'fast')).toEqual({
      name: 'a',
      model: 'fast',
      steps: [
        [{ provider: openai, model: 'gpt-5-mini', weight: 3, name: 'openai/gpt-5-mini' }],
        [{ provider: openai, model: 'fast', weight: 1, name: 'openai/fast' }],
      ],
    });
    const messages = chain.serving(MESSAGES, 'fast');
    expect(messages?.steps.map((step) => step.map(({ name }) => name))).toEqual([
      ['anthropic/claude'],
      ['anthropic/claude'],
    ]);
  });

  it('are none where no member has the path', () => {
    expect(new RouteChain('a', [[mini], [own]]).serving(MESSAGES, 'fast')).toBeUndefined();
    expect(new RouteChain('a', [[mini]]).serving(EMBEDDINGS, 'fast', () => false)).toBeUndefined();
  });
});

describe('the members that pass a check', () => {
  const member = (name: string): ServingMember => ({ provider: openai, model: name, weight: 1, name });
  const [one, two, three] = [member('one'), member('two'), member('three')];
  const CHAIN = { name: 'a', model: 'fast', steps: [[one, two], [three]] };
  const refusing = (...names: string[]) => {
    return ({ name }: ServingMember) => {
      if (names.includes(name)) throw new Error(`not ${name}`);
    };
  };

  it.each([
    [[], [['one', 'two'], ['three']]],
    [['one'], [['two'], ['three']]],
    [['one', 'two'], [['three']]],
    [['three'], [['one', 'two']]],
  ])('without %j are %j', (refused, expected) => {
    const { steps, ...rest } = membersThatPass(CHAIN, refusing(...refused));
    expect(steps.map((step) => step.map(({ name }) => name))).toEqual(expected);
    expect(rest).toEqual({ name: 'a', model: 'fast' });
  });

  it('are the chain itself where all pass', () => {
    expect(membersThatPass(CHAIN, refusing())).toBe(CHAIN);
    const none = { ...CHAIN, steps: [] };
    expect(membersThatPass(none, refusing('one'))).toBe(none);
  });

  it('throws the error of the first where none passes', () => {
    expect(() => membersThatPass(CHAIN, refusing('one', 'two', 'three'))).toThrow('not one');
  });
});
