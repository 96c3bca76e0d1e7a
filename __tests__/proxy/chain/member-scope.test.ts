import { MemberScope } from '../../../src/proxy/chain/member-scope';

function exchange() {
  const closes: (() => void)[] = [];
  const settles: (() => Promise<void> | undefined)[] = [];
  return {
    onClose: (release: () => void) => void closes.push(release),
    onSettle: (settle: () => Promise<void> | undefined) => void settles.push(settle),
    close() {
      for (const settle of settles) void settle();
      for (const release of closes) release();
    },
  };
}

describe('what a provider’s attempts hold', () => {
  it('is released, and counted, when the response closes', () => {
    const [release, settle] = [jest.fn(), jest.fn()];
    const whole = exchange();
    const scope = new MemberScope(whole);
    scope.onClose(release);
    scope.onSettle(settle);
    expect(release).not.toHaveBeenCalled();
    whole.close();
    expect([release.mock.calls.length, settle.mock.calls.length]).toEqual([1, 1]);
  });

  it('is released once, and not counted, if the request goes on to another provider', () => {
    const [release, settle] = [jest.fn(), jest.fn()];
    const whole = exchange();
    const scope = new MemberScope(whole);
    scope.onClose(release);
    scope.onSettle(settle);
    scope.end();
    expect(release).toHaveBeenCalledTimes(1);
    whole.close();
    expect([release.mock.calls.length, settle.mock.calls.length]).toEqual([1, 0]);
  });
});
