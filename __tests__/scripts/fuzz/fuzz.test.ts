import { readArguments } from '../../../scripts/fuzz/arguments';
import { BlockCoverage } from '../../../scripts/fuzz/coverage';
import { grow } from '../../../scripts/fuzz/grow';
import { minimise } from '../../../scripts/fuzz/minimise';
import { makeInput } from '../../../scripts/fuzz/mutate';
import { divide, type Failure } from '../../../scripts/fuzz/plan';
import { Random, seedOf } from '../../../scripts/fuzz/random';
import { tableOf, together } from '../../../scripts/fuzz/report';
import { runInput } from '../../../scripts/fuzz/run-input';
import { runPortion } from '../../../scripts/fuzz/run-portion';
import { expectSame, type Target } from '../../../scripts/fuzz/target';
import { TARGETS } from '../../../scripts/fuzz/targets';
import { withoutTrailingSlash } from '../../../src/proxy/routing/normalise-path';

const target = (more: Partial<Target>): Target => ({
  name: 'sample',
  about: 'a sample',
  corpus: ['abc', '{"a":1}'],
  words: ['x', '!'],
  maxLength: 100,
  subject: () => undefined,
  ...more,
});

function run(
  one: Target,
  inputs: number,
): Promise<{ failures: Failure[]; part: Awaited<ReturnType<typeof runPortion>> }> {
  const failures: Failure[] = [];
  const onFailure = (failure: Failure) => failures.push(failure);
  const running = runPortion(one, { seed: 1, from: 0, inputs, onBegin: () => undefined, onFailure });
  return running.then((part) => ({ failures, part }));
}

describe('inputs', () => {
  it('are the same for the same seed, target and number, and others for another', () => {
    const inputOf = (seed: number, index: number) =>
      makeInput(target({}), new Random(seedOf(seed, 'sample', index)));
    const inputs = Array.from({ length: 50 }, (_, index) => inputOf(1, index));
    expect(Array.from({ length: 50 }, (_, index) => inputOf(1, index))).toEqual(inputs);
    expect(Array.from({ length: 50 }, (_, index) => inputOf(2, index))).not.toEqual(inputs);
    expect(new Set(inputs).size).toBeGreaterThan(30);
  });

  it('are never longer than their target reads', () => {
    for (let seed = 0; seed < 2_000; seed++)
      expect(makeInput(target({ maxLength: 7 }), new Random(seed)).length).toBeLessThanOrEqual(7);
  });

  it('are divided among the targets by their shares', () => {
    const parts = divide(100, [{ name: 'a', share: 3 }, { name: 'b' }]);
    expect(parts).toEqual([
      { target: 'a', inputs: 75 },
      { target: 'b', inputs: 25 },
    ]);
  });
});

describe('a fault', () => {
  const throwing = target({
    subject(input) {
      if (input.includes('!')) throw new TypeError('it broke');
    },
  });

  it('is found, counted, and reported with the shortest input that has it', async () => {
    const { failures, part } = await run(throwing, 300);
    expect(part.crashes).toBeGreaterThan(10);
    expect(failures).toHaveLength(3);
    expect(failures[0]).toMatchObject({ target: 'sample', kind: 'crash', input: '!' });
    expect(failures[0]?.message).toContain('it broke');
  });

  it('is none if the error is documented, unless the reference would have read the input', async () => {
    const documented = { ...throwing, isDocumented: (error: unknown) => error instanceof TypeError };
    expect(await run(documented, 300)).toMatchObject({ failures: [], part: { crashes: 0, differences: 0 } });
    const wrong = { ...documented, compareError: () => expectSame('the result', 1, 2) };
    expect((await run(wrong, 300)).part.differences).toBeGreaterThan(10);
  });

  it('is a difference if the result is not the reference’s, also one that comes later', async () => {
    const differing = target({
      subject: (input) => Promise.resolve(input.length),
      compare: (input, length) => expectSame('the length', length, input.replace('!', '').length),
    });
    expect(await runInput(differing, 'a!', 1)).toMatchObject({
      fault: { kind: 'difference', message: 'the length: 2, but the reference has 1' },
    });
    expect(await runInput(differing, 'a', 1)).toMatchObject({ fault: undefined });
  });

  it('may be growth that is more than linear, which the table has', async () => {
    let clockMs = 0;
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => clockMs);
    const quadratic = target({
      maxLength: 4_000,
      subject: (input) => (clockMs += input.length ** 2 / 1e5),
    });
    const { part } = await run(quadratic, 1);
    clock.mockRestore();
    expect(part.growth).toBeCloseTo(4, 0);
  });
});

it('minimise leaves out every part that a failure does not need', async () => {
  const fails = (text: string) => Promise.resolve(/a.*b/s.test(text));
  expect(await minimise(`${'x'.repeat(1_000)}a${'y'.repeat(77)}b${'z'.repeat(500)}`, fails)).toBe('ab');
});

describe('a search by coverage', () => {
  /** As code with a block for each letter of a word that an input has in turn: chance alone does not find the last. */
  function lockOf(word: string) {
    let reached = new Set<string>();
    return {
      subject: (input: string) => {
        for (let at = 1; at <= word.length && input.startsWith(word.slice(0, at)); at++)
          reached.add(`block ${at}`);
      },
      coverage: {
        take: () => {
          const blocks = [...reached];
          reached = new Set();
          return blocks;
        },
      },
    };
  }

  it('finds inputs that reach more, each from those before it, as short as they can be', async () => {
    const { subject, coverage } = lockOf('x!?#');
    const one = target({ corpus: ['x....', 'abc'], words: ['?', '!', '#'], subject });
    const { found, faults, blocksBefore, blocks } = await grow(one, { inputs: 20_000, seed: 1, coverage });
    expect({ blocksBefore, blocks, faults }).toEqual({ blocksBefore: 1, blocks: 4, faults: [] });
    expect(found).toContain('x!?#');
    expect(found.every((input) => 'x!?#'.startsWith(input))).toBe(true);
  });

  it('reports what fails', async () => {
    const { coverage } = lockOf('x');
    const subject = (input: string) => {
      if (input.includes('!')) throw new TypeError('it broke');
    };
    const { faults } = await grow(target({ subject }), { inputs: 300, seed: 1, coverage });
    expect(faults[0]).toMatchObject({
      fault: { kind: 'crash' },
      input: expect.stringContaining('!') as string,
    });
  });

  it('reads from V8 which blocks of src have run since the last time', () => {
    const coverage = new BlockCoverage();
    const blocksOf = (path: string) => {
      coverage.take();
      withoutTrailingSlash(path);
      return coverage.take();
    };
    const [without, again, more] = [blocksOf('/v1/models'), blocksOf('/v1/models'), blocksOf('/v1/models/')];
    coverage.close();
    expect(again).toEqual(without);
    expect(without.every((block) => block.includes('/src/proxy/routing/'))).toBe(true);
    expect(more).not.toEqual(without); // the other branch of the same function
  });
});

it('the table sums up what the parts of a target have shown', () => {
  const part = {
    target: 'a',
    inputs: 1_000,
    crashes: 1,
    hangs: 0,
    differences: 2,
    ms: 500,
    slowestMs: 3,
    growth: 1.9,
  };
  const sums = together([part, { ...part, inputs: 500, slowestMs: 9, growth: undefined }]);
  expect(sums).toEqual([{ ...part, inputs: 1_500, crashes: 2, differences: 4, ms: 1_000, slowestMs: 9 }]);
  expect(tableOf(sums, [{ name: 'a', about: 'the sample' }])).toMatch(
    /^a +1,500 +2 +0 +4 +1,500 +9\.0 ms +1\.9 +the sample$/m,
  );
});

it.each([
  [['--inputs', '0'], '--inputs must be a whole number'],
  [['--seed', 'x'], '--seed must be a whole number'],
  [['--only', 'a,c'], '--only has "c", which must be one of: a, b.'],
])('the arguments %j are refused', (args, message) => {
  expect(() => readArguments(args, ['a', 'b'])).toThrow(message);
});

it.each(TARGETS.map((one) => [one.name, one] as const))('%s passes its own corpus', async (_name, one) => {
  for (const input of one.corpus) expect(await runInput(one, input, 1)).toMatchObject({ fault: undefined });
});
