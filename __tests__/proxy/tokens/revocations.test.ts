import { Revocations } from '../../../src/proxy/tokens/revocations';

const MUM = { name: 'mum', issuedAt: 1_000 };

describe('Revocations that are followed', () => {
  it('hold at once beside those that are configured, and end when they are no longer in the list', () => {
    const revocations = new Revocations([{ name: 'dad' }]);
    expect(revocations.concern(MUM)).toBe(false);
    revocations.follow([{ name: 'mum' }]);
    expect([revocations.concern(MUM), revocations.concern({ ...MUM, name: 'dad' })]).toEqual([true, true]);
    revocations.follow([]);
    expect([revocations.concern(MUM), revocations.concern({ ...MUM, name: 'dad' })]).toEqual([false, true]);
  });

  it('are replaced for what they replace as well, whose WebSockets stay open', () => {
    const before = new Revocations([{ name: 'dad' }]);
    before.follow([{ name: 'kid' }]);
    const after = new Revocations([{ name: 'mum' }], before);
    for (const one of [before, after])
      expect(['dad', 'kid', 'mum'].map((name) => one.concern({ ...MUM, name }))).toEqual([false, true, true]);
    expect(new Revocations().concern(MUM)).toBe(false);
  });

  it.each([
    ['the id of the token', [{ name: 'mum', issuedAt: 1_000 }], true],
    ['the id of another token of that name', [{ name: 'mum', issuedAt: 999 }], false],
    ['a later time', [{ before: 1_001 }], true],
    ['its own time', [{ before: 1_000 }], false],
    ['two times, of which the later counts', [{ before: 5_000 }, { before: 10 }], true],
  ])('concern a token by %s', (_what, items, expected) => {
    const revocations = new Revocations();
    revocations.follow(items);
    expect(revocations.concern(MUM)).toBe(expected);
  });
});
