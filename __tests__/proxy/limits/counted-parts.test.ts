import { CountedParts } from '../../../src/proxy/limits/counted-parts';

describe('parts of what a request uses', () => {
  it.each<[string, readonly (readonly [number, number])[], readonly (readonly [number, number])[]]>([
    [
      'are what came since',
      [
        [10, 5],
        [25, 5],
        [25, 9],
      ],
      [
        [10, 5],
        [15, 0],
        [0, 4],
      ],
    ],
    ['are the whole at first', [[7, 3]], [[7, 3]]],
    [
      'are never less than nothing',
      [
        [10, 5],
        [4, 2],
        [10, 5],
        [11, 8],
      ],
      [
        [10, 5],
        [0, 0],
        [0, 0],
        [1, 3],
      ],
    ],
  ])('%s', (_what, uses, expected) => {
    const counted = new CountedParts();
    const parts = uses.map(([tokens, nanoUsd]) => counted.next({ tokens, nanoUsd }));
    expect(parts).toEqual(expected.map(([tokens, nanoUsd]) => ({ tokens, nanoUsd })));
  });
});
