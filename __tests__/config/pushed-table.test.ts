import { openTable, packageId, pushKeys, sealTable, type PushedTable } from '../../src/config/pushed-table';

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const OTHER = 'another-secret-of-the-tests-012345678';
const TABLE: PushedTable = {
  variables: { ACCESS_TOKENS: 'mum:planted-token-0123456789', TIMEOUT: '5000' },
  packages: ['a', 'b'],
  pushedMs: 1_790_000_000_000,
};

/** The text with one bit changed. */
function changedAt(text: string, at: number): string {
  const bytes = Buffer.from(text, 'base64url');
  const index = at < 0 ? bytes.length + at : at;
  bytes.writeUInt8(bytes.readUInt8(index) ^ 1, index);
  return bytes.toString('base64url');
}

describe('a sealed table', () => {
  const sealed = sealTable(TABLE, SECRET);

  it('is opened as it was, shows nothing of it, and never looks the same', () => {
    expect(openTable(sealed, SECRET)).toEqual(TABLE);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('planted');
    expect(sealTable(TABLE, SECRET)).not.toBe(sealed);
  });

  it.each([
    ['sealed with another secret', sealTable(TABLE, OTHER)],
    ['changed in its nonce', changedAt(sealed, 0)],
    ['changed in its tag', changedAt(sealed, 12)],
    ['changed in its first byte', changedAt(sealed, 28)],
    ['changed in its last byte', changedAt(sealed, -1)],
    ['cut off', sealed.slice(0, -4)],
    ['cut off in its tag', sealed.slice(0, 24)],
    ['empty', ''],
    ['not sealed at all', JSON.stringify(TABLE)],
    ['of another form', sealTable({ variables: { A: 1 }, packages: [], pushedMs: 1 } as never, SECRET)],
    ['without variables', sealTable({ packages: [], pushedMs: 1 } as never, SECRET)],
    ['without a time', sealTable({ variables: {}, packages: [], pushedMs: '1' } as never, SECRET)],
    ['null', sealTable(null as never, SECRET)],
  ])('is not opened if it is %s', (_what, text) => {
    expect(openTable(text, SECRET)).toBeUndefined();
  });
});

describe('the id of a package', () => {
  const id = packageId({ A: '1', B: '2' }, SECRET);

  it('is that of its variables, in any order', () => {
    expect(packageId({ B: '2', A: '1' }, SECRET)).toBe(id);
    expect(id).toMatch(/^[\w-]{22}$/);
  });

  it.each([[{ A: '1' }], [{ A: '1', B: '3' }], [{ A: '1', B: '2', C: '' }], [{}]])(
    'differs from that of %j',
    (other) => {
      expect(packageId(other, SECRET)).not.toBe(id);
    },
  );

  it('cannot be made without the secret, and neither can the names of the keys in Redis', () => {
    expect(packageId({ A: '1', B: '2' }, OTHER)).not.toBe(id);
    const keys = pushKeys(SECRET);
    expect(keys.packages).toBe(`${keys.table}:packages`);
    expect(pushKeys(OTHER).table).not.toBe(keys.table);
  });
});
