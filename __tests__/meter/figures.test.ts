import { Figures, firstObject, sum, without } from '../../src/meter/figures';

describe('a figure', () => {
  it.each([
    [[1], 1],
    [[0, 2], 0],
    [[undefined, 2], 2],
    [[null, undefined, 3], 3],
    [[-0], 0],
    [[1e9], 1e9],
    [[undefined, null], undefined],
  ] as const)('of %j is %j', ([one, two, three], expected) => {
    const figures = new Figures();
    expect(figures.first(one, two, three)).toBe(expected);
    expect(figures.areValid).toBe(true);
  });

  it.each([[-1], [1.5], [1e9 + 1], ['1'], [NaN], [Infinity], [{}], [true]])('cannot be %j', (value) => {
    const figures = new Figures();
    expect(figures.first(value, 2)).toBeUndefined();
    expect(figures.areValid).toBe(false);
    expect(figures.first(2)).toBe(2);
    expect(figures.areValid).toBe(false);
  });

  it.each([
    [0, 5, 5],
    [0, undefined, 0],
    [0, 0, 0],
    [3, 5, 3],
    [undefined, 5, 5],
    [3, 0, 3],
  ])('above 0, of %j and %j, is %j', (one, two, expected) => {
    expect(new Figures().firstAboveZero(one, two)).toBe(expected);
  });

  it.each([
    [1.5, 1.5, true],
    [0, 0, true],
    [1e7, 1e7, true],
    [undefined, undefined, true],
    [null, undefined, true],
    [{}, undefined, true],
    [1e7 + 1, undefined, false],
    [-0.1, undefined, false],
    ['1', undefined, false],
    [NaN, undefined, false],
  ])('of seconds, %j, is %j, and can be: %s', (value, expected, areValid) => {
    const figures = new Figures();
    expect([figures.seconds(value), figures.areValid]).toEqual([expected, areValid]);
  });
});

it.each([
  [{ a: 1 }, { b: 1 }, { c: 1 }, { a: 1 }],
  [null, { b: 1 }, { c: 1 }, { b: 1 }],
  [[], 7, { c: 1 }, { c: 1 }],
  [undefined, undefined, undefined, {}],
])('the first object of %j, %j and %j is %j', (one, two, three, expected) => {
  expect(firstObject(one, two, three)).toEqual(expected);
});

it.each([
  [1, 2, 3, 0],
  [undefined, 2, 2, undefined],
  [2, undefined, 2, 2],
  [undefined, undefined, undefined, undefined],
  [5, 2, 7, 3],
])('of %j and %j the sum is %j, and the one without the other %j', (one, other, total, rest) => {
  expect([sum(one, other), without(one, other)]).toEqual([total, rest]);
});
