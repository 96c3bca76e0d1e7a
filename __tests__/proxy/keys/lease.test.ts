import { Lease } from '../../../src/proxy/keys/lease';
import { ManagedKey } from '../../../src/proxy/keys/managed-key';

function leased(probe = false) {
  const recorded: unknown[] = [];
  const key = new ManagedKey('sk-1', 1);
  key.open = 1;
  const lease = new Lease(
    key,
    'scope',
    { recorded: (one, scope, ...result) => recorded.push([one === key, scope, ...result]) },
    probe,
  );
  return { key, lease, recorded };
}
const OK = { kind: 'ok' } as const;
const INVALID = { kind: 'invalid' } as const;

describe('a lease of a key', () => {
  it('records one result, whatever follows', () => {
    const { lease, recorded } = leased();
    lease.record(OK, true);
    lease.record(INVALID);
    lease.release();
    expect(recorded).toEqual([[true, 'scope', OK, false]]);
  });

  it('is released once, and records that there was no response if none was recorded', () => {
    const { key, lease, recorded } = leased(true);
    lease.release();
    lease.release();
    expect(recorded).toEqual([[true, 'scope', undefined, false]]);
    expect(key.open).toBe(0);
  });

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('of a disabled key (%s) that served (%s) enables it: %s', (probe, served, recovered) => {
    const { lease, recorded } = leased(probe);
    lease.record(OK, served);
    expect(recorded).toEqual([[true, 'scope', OK, recovered]]);
  });

  it('enables no key whose response did not say that it served', () => {
    const { lease, recorded } = leased(true);
    lease.record(OK);
    expect(recorded).toEqual([[true, 'scope', OK, false]]);
  });

  it('records a failure that came later in a response that had begun well', () => {
    const { lease, recorded } = leased(true);
    lease.record(OK, true);
    lease.recordLate(INVALID);
    lease.release();
    expect(recorded).toEqual([
      [true, 'scope', OK, true],
      [true, 'scope', INVALID, false],
    ]);
  });

  it('records nothing after a late failure', () => {
    const { lease, recorded } = leased(true);
    lease.recordLate(INVALID);
    lease.record(OK, true);
    lease.release();
    expect(recorded).toEqual([[true, 'scope', INVALID, false]]);
  });
});
