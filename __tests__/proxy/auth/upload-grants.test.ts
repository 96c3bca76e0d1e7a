import { createHmac, scryptSync } from 'node:crypto';
import { hasGrant, UploadGrants, withoutGrant } from '../../../src/proxy/auth/upload-grants';
import { continuesUpload, uploadIdIn } from '../../../src/proxy/routing/resumable-upload';

const TOKENS = [
  { name: 'laptop', token: 'tok-1-0123456789' },
  { name: 'my.phone', token: 'tok-2-0123456789' },
];
const QUERY = '?upload_id=AbC-1&upload_protocol=resumable';
const UPLOAD = { provider: 'gemini', path: '/upload/v1beta/files', query: QUERY };
const DAY_MS = 24 * 60 * 60 * 1_000;
let nowMs = 1_800_000_000_000;

async function grantsOf(tokens = TOKENS, secrets = ['sk-1']): Promise<UploadGrants> {
  const grants = new UploadGrants(tokens, secrets, () => nowMs);
  await grants.prepare();
  return grants;
}

describe('a grant', () => {
  let grants: UploadGrants;
  let query: string;
  beforeAll(async () => {
    grants = await grantsOf();
  });
  beforeEach(() => {
    nowMs = 1_800_000_000_000;
    query = grants.withGrant(UPLOAD, 'my.phone');
  });

  it('authenticates as its token in every instance, and does not contain the token', async () => {
    expect(query).not.toContain('tok-2');
    expect((await grantsOf()).tokenNameOf({ ...UPLOAD, query }, 'POST')).toBe('my.phone');
    expect(grants.tokenNameOf({ ...UPLOAD, query }, 'PUT')).toBe('my.phone');
    expect(withoutGrant(query)).toBe(QUERY);
  });

  it.each([
    ['another upload', (text: string) => text.replace('AbC-1', 'AbC-2')],
    ['two uploads', (text: string) => `${text}&upload_id=AbC-1`],
    ['another token’s name', (text: string) => text.replace('=my.phone.', '=laptop.')],
    ['a name of nobody', (text: string) => text.replace('=my.phone.', '=nobody.')],
    ['a later end', (text: string) => text.replace(/(phone\.)\w/, '$1z')],
    ['a changed signature', (text: string) => text.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
    ['a shortened signature', (text: string) => text.slice(0, -1)],
    ['no upload', (text: string) => text.replace('upload_id', 'upload')],
    ['nothing', () => ''],
  ])('is invalid with %s', (_what, change) => {
    expect(grants.tokenNameOf({ ...UPLOAD, query: change(query) }, 'POST')).toBeUndefined();
  });

  it.each([
    ['another provider', { provider: 'openai' }, 'POST'],
    ['another path', { path: '/upload/v1beta/files/x' }, 'POST'],
    ['a path of no upload', { path: '/v1beta/files' }, 'POST'],
    ['reading', {}, 'GET'],
    ['deleting', {}, 'DELETE'],
  ])('is invalid for %s', (_what, change, method) => {
    expect(grants.tokenNameOf({ ...UPLOAD, query, ...change }, method)).toBeUndefined();
  });

  it('is valid for a day', () => {
    nowMs += DAY_MS - 1_000;
    expect(grants.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBe('my.phone');
    nowMs += 1_001;
    expect(grants.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
  });

  it.each([
    ['its token is withdrawn', [{ name: 'my.phone', token: 'tok-3-0123456789' }], ['sk-1']],
    ['there are no tokens', [], ['sk-1']],
    ['another token is withdrawn', TOKENS.slice(1), ['sk-1']],
    ['a secret of the configuration changes', TOKENS, ['sk-2']],
  ])('ends when %s', async (_when, tokens, secrets) => {
    expect((await grantsOf(tokens, secrets)).tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
  });

  it('is made only for uploads, and for tokens that exist', () => {
    expect(grants.withGrant({ ...UPLOAD, query: '?a=1' }, 'laptop')).toBe('?a=1');
    expect(grants.withGrant({ ...UPLOAD, path: '/v1beta/files' }, 'laptop')).toBe(QUERY);
    expect(grants.withGrant(UPLOAD, 'nobody')).toBe(QUERY);
  });

  it('is neither made nor accepted before the key is derived', () => {
    const unprepared = new UploadGrants(TOKENS, ['sk-1'], () => nowMs);
    expect(unprepared.withGrant(UPLOAD, 'laptop')).toBe(QUERY);
    expect(unprepared.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
  });
});

it.each([
  ['/upload/v1beta/files', '?upload_id=1', true],
  ['/upload/v1beta/files', '?a=1', false],
  ['/v1/chat/completions', '?upload_id=1', false],
])('continuesUpload of %s%s is %s', (path, query, continues) => {
  expect(continuesUpload({ path, query })).toBe(continues);
});

it('an upload’s id is found anywhere in the query', () => {
  expect(uploadIdIn('?a=1&upload_id=x%2F&b')).toBe('x%2F');
  expect(uploadIdIn('?my_upload_id=x')).toBeUndefined();
  expect(uploadIdIn('?upload_id=')).toBeUndefined();
  expect(uploadIdIn('')).toBeUndefined();
});

describe('the grant of a signed token', () => {
  const grants = async (hasSignedTokens: boolean, secrets = ['secret of tokens']) => {
    const made = new UploadGrants(TOKENS, secrets, () => nowMs, hasSignedTokens);
    await made.prepare();
    return made;
  };

  it('is made for any name where there are such tokens, and nowhere else', async () => {
    const signing = await grants(true);
    const query = signing.withGrant(UPLOAD, 'mum');
    expect(query).toMatch(/&proxy-grant=mum\.[0-9a-z]+\.[\w-]{43}$/);
    expect(signing.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBe('mum');
    expect((await grants(false)).tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
    expect((await grants(false)).withGrant(UPLOAD, 'mum')).toBe(QUERY);
    expect((await grants(true, ['another'])).tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
  });

  it('ends at its second, not after it', async () => {
    const signing = await grants(true);
    nowMs = 1_800_000_000_000;
    const query = signing.withGrant(UPLOAD, 'mum');
    nowMs += DAY_MS;
    expect(signing.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBeUndefined();
    nowMs -= 1;
    expect(signing.tokenNameOf({ ...UPLOAD, query }, 'POST')).toBe('mum');
  });
});

it('a grant is made with a key that is derived slowly, from all secrets', async () => {
  nowMs = 1_800_000_000_000;
  const query = (await grantsOf()).withGrant(UPLOAD, 'laptop');
  const [, expires = ''] = /laptop\.([0-9a-z]+)\./.exec(query) ?? [];
  const password = JSON.stringify([TOKENS.map(({ name, token }) => [name, token]), ['sk-1']]);
  const key = scryptSync(password, 'scf-llm-proxy upload grants', 32, { N: 8_192, r: 8, p: 1 });
  const signed = ['gemini', UPLOAD.path, 'AbC-1', 'laptop', 'tok-1-0123456789', expires];
  const signature = createHmac('sha256', key).update(JSON.stringify(signed)).digest('base64url');
  expect(query).toBe(`${QUERY}&proxy-grant=laptop.${expires}.${signature}`);
});

it.each([
  ['?proxy-grant=x', true],
  ['?a=1&proxy-grant=', true],
  ['?proxy-grants=1', false],
  ['', false],
])('hasGrant of %j is %s', (query, expected) => {
  expect(hasGrant(query)).toBe(expected);
});
