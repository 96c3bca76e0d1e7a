import { Circuits, type CircuitChange } from '../../../src/proxy/chain/circuits';

function circuits() {
  const clock = { nowMs: 1_000 };
  const changes: CircuitChange[] = [];
  const all = new Circuits({ now: () => clock.nowMs, onChange: (change) => changes.push(change) });
  const fail = (times: number, client = 'a', evidence: 'for-all' | 'for-client' | 'none' = 'for-client') => {
    for (let at = 0; at < times; at++) all.failed('p/m', client, evidence);
  };
  return { clock, changes, all, fail };
}

describe('a circuit', () => {
  it('opens after three failures in a row, and not if one request succeeds between them', () => {
    const { all, fail } = circuits();
    fail(2);
    all.succeeded('p/m');
    fail(2);
    expect(all.state('p/m', 'a')).toBe('closed');
    fail(1);
    expect(all.state('p/m', 'a')).toBe('open');
    expect(all.state('p/other', 'a')).toBe('closed');
  });

  it.each<[what: string, evidence: 'for-all' | 'for-client' | 'none', states: string[]]>([
    ['whatever the request was', 'for-all', ['open', 'open']],
    ['that the request may have caused', 'for-client', ['open', 'closed']],
    ['about keys', 'none', ['closed', 'closed']],
  ])(
    'that one client’s requests have opened by failures %s counts for those whom they concern',
    (_what, evidence, states) => {
      const { all, fail } = circuits();
      fail(3, 'a', evidence);
      expect([all.state('p/m', 'a'), all.state('p/m', 'b')]).toEqual(states);
    },
  );

  it('counts for all clients once the requests of two have failed', () => {
    const { all, fail } = circuits();
    fail(2, 'a');
    fail(1, 'b');
    expect(all.state('p/m', 'c')).toBe('open');
  });

  it('lets one request try after its pause, and others pass over meanwhile', () => {
    const { all, fail, clock } = circuits();
    fail(3);
    clock.nowMs += 29_999;
    expect(all.state('p/m', 'a')).toBe('open');
    clock.nowMs += 1;
    expect(all.state('p/m', 'a')).toBe('trial');
    const end = all.beginTrial('p/m');
    expect(all.state('p/m', 'a')).toBe('open');
    end(); // nothing came of it, as when its client disconnects
    expect(all.state('p/m', 'a')).toBe('trial');
  });

  it('closes if the trial succeeds', () => {
    const { all, fail, clock, changes } = circuits();
    fail(3);
    clock.nowMs += 30_000;
    const end = all.beginTrial('p/m');
    all.succeeded('p/m');
    end();
    expect(all.state('p/m', 'a')).toBe('closed');
    expect(changes).toEqual([
      { name: 'p/m', isOpen: true, pauseMs: 30_000 },
      { name: 'p/m', isOpen: false, pauseMs: 0 },
    ]);
  });

  it('opens for longer with each trial that fails, for five minutes at most', () => {
    const { all, fail, clock, changes } = circuits();
    fail(3);
    for (let trial = 0; trial < 6; trial++) {
      clock.nowMs += changes.at(-1)?.pauseMs ?? 0;
      const end = all.beginTrial('p/m');
      fail(1);
      end();
    }
    expect(changes.map(({ pauseMs }) => pauseMs / 1_000)).toEqual([30, 60, 120, 240, 300, 300, 300]);
  });

  it('does not open for longer by requests that began before it opened', () => {
    const { fail, changes } = circuits();
    fail(10);
    expect(changes).toHaveLength(1);
  });

  it('is forgotten if a thousand others have failed since', () => {
    const { all, fail } = circuits();
    fail(3);
    for (let at = 0; at < 1_000; at++) all.failed(`p/${at}`, 'a', 'for-client');
    expect(all.state('p/m', 'a')).toBe('closed');
  });
});
