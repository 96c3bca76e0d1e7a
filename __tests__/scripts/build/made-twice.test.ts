import { madeTwice } from '../../../scripts/build/code-cache';

/** Makes one of these texts after the other. */
function maker(texts: readonly string[]) {
  let made = 0;
  return { make: () => Promise.resolve(Buffer.from(texts[made++] ?? '')), runs: () => made };
}

describe('What is to be reproducible', () => {
  it.each([
    ['two runs in a row', ['a', 'a', 'b'], 'a', 2],
    ['two runs with another between', ['b', 'a', 'b'], 'b', 3],
    ['the usual run, after one that was disturbed', ['x', 'a', 'a'], 'a', 3],
    ['the last of the most runs, if all differ', ['a', 'b', 'c', 'd', 'e'], 'd', 4],
  ])('is what comes of %s', async (_, texts, result, runs) => {
    const of = maker(texts);
    expect((await madeTwice(of.make, 4)).toString()).toBe(result);
    expect(of.runs()).toBe(runs);
  });
});
