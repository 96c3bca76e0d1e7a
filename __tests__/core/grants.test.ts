import { Grants, continuesUpload, uploadIdIn, withoutGrant } from '../../src/core/grants';

const TOKENS = [
  { name: 'laptop', token: 'tok-1' },
  { name: 'phone', token: 'tok-2' },
];
const QUERY = '?upload_id=AbC-1&upload_protocol=resumable';

describe('Grants', () => {
  const grants = new Grants(TOKENS, ['sk-1']);

  it('stands for its token, in every instance, and does not show it', () => {
    const query = grants.added(QUERY, 'phone');
    expect(query).not.toContain('tok-2');
    expect(new Grants(TOKENS, ['sk-1']).holder(query)).toBe('phone');
    expect(withoutGrant(query)).toBe(QUERY);
  });

  it.each([
    ['another upload', (query: string) => query.replace('AbC-1', 'AbC-2')],
    ['another token’s name', (query: string) => query.replace('=phone.', '=laptop.')],
    ['a name of nobody', (query: string) => query.replace('=phone.', '=nobody.')],
    ['a changed signature', (query: string) => query.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
    ['a shortened signature', (query: string) => query.slice(0, -1)],
    ['no upload', (query: string) => query.replace('upload_id', 'upload')],
    ['nothing', () => ''],
  ])('is worth nothing with %s', (_what, change) => {
    expect(grants.holder(change(grants.added(QUERY, 'phone')))).toBeUndefined();
  });

  it('ends with its token', () => {
    const query = grants.added(QUERY, 'phone');
    expect(new Grants([{ name: 'phone', token: 'tok-3' }], ['sk-1']).holder(query)).toBeUndefined();
    expect(new Grants([], ['sk-1']).holder(query)).toBeUndefined();
    expect(new Grants(TOKENS, ['sk-2']).holder(query)).toBeUndefined();
  });

  it('is given for uploads only, and for tokens that exist', () => {
    expect(grants.added('?a=1', 'phone')).toBe('?a=1');
    expect(grants.added(QUERY, 'nobody')).toBe(QUERY);
  });
});

it.each([
  ['/upload/v1beta/files', '?upload_id=1', true],
  ['/upload/v1beta/files', '?a=1', false],
  ['/v1/chat/completions', '?upload_id=1', false],
])('%s%s goes on with an upload: %s', (path, query, continues) => {
  expect(continuesUpload({ path, query })).toBe(continues);
});

it('an upload’s id is found wherever it stands in the query', () => {
  expect(uploadIdIn('?a=1&upload_id=x%2F&b')).toBe('x%2F');
  expect(uploadIdIn('?my_upload_id=x')).toBeUndefined();
  expect(uploadIdIn('')).toBeUndefined();
});
