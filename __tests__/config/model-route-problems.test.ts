import fc from 'fast-check';
import { modelRouteProblems } from '../../src/config/model-route-problems';
import { modelPattern } from '../../src/proxy/routing/model-routes';

const problemsOf = (patterns: readonly string[]) =>
  modelRouteProblems(patterns.map((pattern) => ({ pattern })));

describe('lines of MODEL_ROUTES', () => {
  it.each([
    [['gpt-5', 'gpt-5-mini', 'gpt-*']],
    [['gpt-*', 'gpt-*/x']],
    [['*', '*/*']],
    [['a*b', 'a*']],
    [['a*b', 'b*a', '*a*']],
    [['llama-*', 'Llama-*']],
    [[]],
  ])('%j can all be reached', (patterns) => {
    expect(problemsOf(patterns)).toEqual([]);
  });

  it.each([
    [['fast', 'other', 'fast'], 'MODEL_ROUTES has two lines for fast, of which only the first'],
    [['gpt-*', 'gpt-*'], 'MODEL_ROUTES has two lines for gpt-*'],
    [
      ['gpt-*', 'x', 'gpt-5-mini'],
      'MODEL_ROUTES has a line for gpt-5-mini that no request can reach, because gpt-*,',
    ],
    [['*', 'fast'], 'a line for fast that no request can reach, because *, which stands before it'],
    [['*/*', 'meta/llama-*'], 'a line for meta/llama-* that no request can reach'],
    [['a*c', 'a*b*c'], 'a line for a*b*c that no request can reach'],
    [['a**c', 'a*c'], 'a line for a*c that no request can reach'],
  ])('%j: %s', (patterns, problem) => {
    expect(problemsOf(patterns)).toEqual([expect.stringContaining(problem)]);
    expect(problemsOf(patterns)[0]).toMatch(/(?:Remove one of them|or remove it)\.$/);
  });

  it('are refused only if the earlier one takes every model of the later', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        text,
        text,
        fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 }),
        (one, two, model) => {
          const isRefused = problemsOf([one, two]).length > 0;
          const reachesTwo = modelPattern(two)(model) && !modelPattern(one)(model);
          expect(isRefused && reachesTwo).toBe(false);
        },
      ),
    );
  });
});
