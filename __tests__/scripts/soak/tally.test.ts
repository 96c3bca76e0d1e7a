import { KINDS, kindOf } from '../../../scripts/soak/kinds';
import { Tally } from '../../../scripts/soak/tally';

describe('Tally', () => {
  it('accounts for every request', () => {
    const tally = new Tally();
    for (let sent = 0; sent < 4; sent++) tally.sent('chat');
    tally.ended('chat', { end: 'completed', bytes: 7 });
    tally.ended('chat', { end: 'told', bytes: 1, what: '502 upstream-reset' });
    tally.ended('chat', { end: 'wrong', bytes: 2, what: 'other bytes' });
    expect(tally.unaccounted).toBe(1);
    expect(tally.bytes).toBe(10);
    expect(tally.table()).toContain('| chat | 4 | 1 | 1 | 0 | 0 | 1 |');
    expect(tally.told()).toBe('502 upstream-reset: 1');
    expect(tally.examples).toEqual(['chat: wrong: other bytes']);
  });
});

describe('kindOf', () => {
  it('has a share for every kind', () => {
    const shares = KINDS.reduce((sum, { share }) => sum + share, 0);
    const drawn = new Set(Array.from({ length: shares }, (_, at) => kindOf(at / shares).name));
    expect([...drawn]).toEqual(KINDS.map(({ name }) => name));
  });
});
