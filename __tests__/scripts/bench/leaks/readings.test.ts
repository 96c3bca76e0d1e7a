import {
  growthOf,
  leaksIn,
  resourceTable,
  table,
  type MeasuredPhase,
  type Reading,
} from '../../../../scripts/bench/leaks/readings';

const before: Reading = {
  heapUsed: 8_000_000,
  external: 2_000_000,
  arrayBuffers: 300_000,
  rss: 90_000_000,
  resources: { TCPServerWrap: 1, Timeout: 1 },
  objects: { Exchange: 2, '(string)': 20_000 },
};

/** A phase of 1,000 units, after whose halves there are so many objects. */
function phaseOf(middle: Reading['objects'], after: Reading['objects'], count = 1_000): MeasuredPhase {
  return {
    name: 'aborts',
    count,
    before,
    middle: { ...before, objects: { ...before.objects, ...middle } },
    after: { ...before, objects: { ...before.objects, ...after } },
  };
}

describe('leaks in a phase', () => {
  it('are none if the heap is about as large as before', () => {
    const after = { ...before, heapUsed: 10_900_000, rss: 190_000_000 };
    expect(leaksIn({ ...phaseOf({}, {}), after })).toEqual([]);
  });

  it('are reported if the heap or the memory outside it has grown in both halves', () => {
    const middle = { ...before, heapUsed: 9_600_000, external: 4_000_000 };
    const after = { ...before, heapUsed: 12_000_000, external: 6_000_000 };
    expect(leaksIn({ ...phaseOf({}, {}), middle, after })).toEqual([
      'aborts: heapUsed grew by 4.00 MB; 3.00 are allowed',
      'aborts: external grew by 4.00 MB; 3.00 are allowed',
    ]);
  });

  it('are none if one reading alone has more memory outside the heap', () => {
    const more = { ...before, external: 8_000_000 };
    expect(leaksIn({ ...phaseOf({}, {}), middle: more })).toEqual([]);
    expect(leaksIn({ ...phaseOf({}, {}), after: more })).toEqual([]);
  });

  it('are reported if handles remain', () => {
    const after = { ...before, resources: { ...before.resources, TCPSocketWrap: 40, Timeout: 3 } };
    expect(leaksIn({ ...phaseOf({}, {}), after })).toEqual([
      'aborts: there are 40 of TCPSocketWrap, and were 0',
    ]);
  });

  it('are reported if each unit leaves an object behind, whatever its constructor was before', () => {
    expect(leaksIn(phaseOf({ Exchange: 502, Timeout: 500 }, { Exchange: 1_002, Timeout: 1_000 }))).toEqual([
      'aborts: there are 1002 of "Exchange", and were 2: 1.00 for each',
      'aborts: there are 1000 of "Timeout", and were 0: 1.00 for each',
    ]);
  });
});

describe('a constructor has grown with a phase', () => {
  it('if one unit in ten leaves an object behind, in the fewest that a phase needs for that', () => {
    expect(growthOf(phaseOf({ Exchange: 1_002 }, { Exchange: 2_002 }, 20_000))).toHaveLength(1);
  });

  it('if each of a hundred and twenty configurations leaves one object behind', () => {
    expect(growthOf(phaseOf({ Exchange: 62 }, { Exchange: 122 }, 120))).toHaveLength(1);
  });

  it('but not if it has in one half only, as what is bounded and was not full', () => {
    expect(growthOf(phaseOf({ Exchange: 502 }, { Exchange: 540 }))).toEqual([]);
    expect(growthOf(phaseOf({ Exchange: 40 }, { Exchange: 540 }))).toEqual([]);
  });

  it('but not if it has by a few dozen in each half, or by less than one in fifty units', () => {
    expect(growthOf(phaseOf({ '(string)': 20_045 }, { '(string)': 20_090 }))).toEqual([]);
    expect(growthOf(phaseOf({ '(string)': 29_000 }, { '(string)': 38_000 }, 1_000_000))).toEqual([]);
  });

  it('but not if it is V8’s own and has by less than one in three units', () => {
    const [middle, after] = [20_170, 20_350];
    expect(growthOf(phaseOf({ '(string)': middle }, { '(string)': after }))).toEqual([]);
    expect(growthOf(phaseOf({ Exchange: middle - 20_000 }, { Exchange: after - 20_000 }))).toHaveLength(1);
  });

  it('and what has grown most comes first', () => {
    const grown = growthOf(
      phaseOf({ Exchange: 502, '(string)': 21_000 }, { Exchange: 1_002, '(string)': 22_000 }),
    );
    expect(grown).toEqual([
      { constructorName: '(string)', before: 20_000, after: 22_000 },
      { constructorName: 'Exchange', before: 2, after: 1_002 },
    ]);
  });
});

it('the table has a row for each phase, with the growth of the heap for each unit and three of what grew', () => {
  const kinds = (count: number) => Object.fromEntries(['A', 'B', 'C', 'D'].map((name) => [name, count]));
  const leaking = phaseOf(kinds(500), kinds(1_000));
  const after = { ...leaking.after, heapUsed: 8_064_000 };
  const rows = table([phaseOf({}, {}), { ...leaking, name: 'reloads', after }]).split('\n');
  expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual([
    [
      'phase',
      'count',
      'heap before, MB',
      'after',
      'growth a unit, bytes',
      'resident, MB',
      'after',
      'grew with it',
    ],
    ['aborts', '1000', '8.00', '8.00', '0.0', '90.00', '90.00', 'nothing'],
    ['reloads', '1000', '8.00', '8.06', '64.0', '90.00', '90.00', 'A, B, C and 1 more'],
  ]);
});

it('the table of handles has a row for each kind that was open before or after any phase', () => {
  const after = { ...before, resources: { TCPSocketWrap: 2 } };
  expect(resourceTable([{ ...phaseOf({}, {}), after }]).split('\n')).toEqual([
    'open           before  aborts',
    'TCPServerWrap       1       0',
    'TCPSocketWrap       0       2',
    'Timeout             1       0',
  ]);
});
