import { leaksBetween, table, type Reading } from '../../../scripts/bench/leaks/readings';

const before: Reading = {
  heapUsed: 8_000_000,
  external: 2_000_000,
  arrayBuffers: 300_000,
  rss: 90_000_000,
  resources: { TCPServerWrap: 1, Timeout: 1 },
};

describe('leaks between two readings', () => {
  it('are none if the heap is about as large as before', () => {
    expect(leaksBetween(before, { ...before, heapUsed: 10_900_000, rss: 190_000_000 })).toEqual([]);
  });

  it('are reported if the heap or the memory outside it has grown', () => {
    expect(leaksBetween(before, { ...before, heapUsed: 12_000_000, external: 6_000_000 })).toEqual([
      'heapUsed grew by 4.00 MB; 3.00 are allowed',
      'external grew by 4.00 MB; 3.00 are allowed',
    ]);
  });

  it('are reported if handles remain', () => {
    const after = { ...before, resources: { ...before.resources, TCPSocketWrap: 40, Timeout: 3 } };
    expect(leaksBetween(before, after)).toEqual(['there are 40 of TCPSocketWrap, and were 0']);
  });
});

it('the table of readings has a row for each kind of handle that any of them has', () => {
  const after = { ...before, resources: { TCPSocketWrap: 2 } };
  expect(
    table([
      ['before', before],
      ['after', after],
    ]).split('\n'),
  ).toEqual(
    expect.arrayContaining([
      'heapUsed, MB        8.00   8.00',
      'TCPSocketWrap          0      2',
      'TCPServerWrap          1      0',
    ]),
  );
});
