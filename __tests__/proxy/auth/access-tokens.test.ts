import { AccessTokens, clientIdOf } from '../../../src/proxy/auth/access-tokens';
import { CREDENTIAL_HEADERS } from '../../../src/http/credentials';
import { outboundHeaders } from '../../../src/http/filter-headers';

const list = new AccessTokens([
  { name: 'laptop', token: 'tok-1' },
  { name: 'phone', token: 'tok-2' },
]);
/** The same, made anew. */
const makeList = () =>
  new AccessTokens([
    { name: 'laptop', token: 'tok-1' },
    { name: 'phone', token: 'tok-2' },
  ]);
const own = (admission: { credentials: ReadonlyMap<string, string> }) =>
  Object.fromEntries(admission.credentials);

describe('AccessTokens', () => {
  it.each([
    ['tok-1', 'laptop'],
    ['tok-2', 'phone'],
    ['tok-3', undefined],
    ['tok-', undefined],
    ['', undefined],
    ['tok-1 ', undefined],
  ])('finds that the name of the token %j is %s', (token, name) => {
    expect(list.find(token)?.name).toBe(name);
  });

  it.each([
    [{ authorization: 'Bearer tok-1' }, '', undefined, 'laptop', {}, ''],
    [{ 'x-api-key': 'tok-2' }, '', undefined, 'phone', {}, ''],
    [{ 'x-goog-api-key': 'tok-2' }, '', undefined, 'phone', {}, ''],
    [{ authorization: 'Bearer sk-own:tok-1' }, '', undefined, 'laptop', { authorization: 'sk-own' }, ''],
    [
      { authorization: 'Bearer sk-a|sk-b:tok-1' },
      '',
      undefined,
      'laptop',
      { authorization: 'sk-a|sk-b' },
      '',
    ],
    [{ authorization: 'Bearer :tok-1' }, '', undefined, 'laptop', {}, ''],
    [{ authorization: 'Bearer any' }, '', 'phone', 'phone', { authorization: 'any' }, ''],
    [
      { authorization: 'Bearer sk-own', 'x-api-key': 'tok-1' },
      '',
      undefined,
      'laptop',
      { authorization: 'sk-own' },
      '',
    ],
    [{}, '?a=1&key=tok-1&b=%20', undefined, 'laptop', {}, '?a=1&b=%20'],
    [{}, '?key=tok%2D1', undefined, 'laptop', {}, ''],
    [
      { authorization: 'Bearer tok-1' },
      '?key=tok-2&key=other',
      undefined,
      'laptop',
      { '?key': 'other' },
      '?key=other',
    ],
    [{}, '?key=sk-own%3Atok-1', undefined, 'laptop', { '?key': 'sk-own' }, ''],
    [{}, '?key=sk-own%253Atok-1', undefined, 'laptop', { '?key': 'sk-own' }, ''],
    [{ authorization: 'Bearer sk-own%3Atok-1' }, '', undefined, 'laptop', { authorization: 'sk-own' }, ''],
    // a second token, which would be taken for a key
    [
      { authorization: 'Bearer sk-own:tok-2:tok-1' },
      '',
      undefined,
      'laptop',
      { authorization: 'sk-own' },
      '',
    ],
    [
      { authorization: 'Bearer sk-a:tok-2|tok-1|sk-b:tok-1' },
      '',
      undefined,
      'laptop',
      { authorization: 'sk-a|sk-b' },
      '',
    ],
    [{ authorization: 'Bearer tok-1:tok-2' }, '', undefined, 'phone', {}, ''],
    [
      { 'x-api-key': 'tok-1', 'api-key': 'sk-own, tok-2' },
      '',
      undefined,
      'laptop',
      { 'api-key': 'sk-own' },
      '',
    ],
    [{ authorization: 'Bearer a%3atok-2' }, '', 'phone', 'phone', { authorization: 'a' }, ''],
    // a parameter of any name
    [{}, '?access_token=tok-2&a&token=x%3Atok-1&b=tok%2D1', 'phone', 'phone', {}, '?a'],
    [
      { authorization: 'Bearer wrong' },
      '?key=wrong',
      undefined,
      undefined,
      { authorization: 'wrong', '?key': 'wrong' },
      '?key=wrong',
    ],
    [{ authorization: 'Bearer a:b:wrong' }, '', undefined, undefined, { authorization: 'a:b:wrong' }, ''],
  ])('finds the token in %j%s', (headers, query, inPath, name, owned, rest) => {
    const admission = list.authenticate(
      headers,
      query,
      inPath === undefined ? undefined : { name: inPath, id: inPath },
    );
    expect(admission.tokenName).toBe(name);
    expect(own(admission)).toEqual(owned);
    expect(admission.query).toBe(rest);
  });

  it.each<[Record<string, string>, string, string | undefined, object, string]>([
    [{ authorization: 'Bearer tok%2D1' }, '', 'laptop', {}, ''],
    [{ authorization: 'Bearer sk-own : tok-1' }, '', 'laptop', { authorization: 'sk-own' }, ''],
    [{ 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.tok-1' }, '', 'laptop', {}, ''],
    [
      { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.sk-own:tok-1' },
      '',
      'laptop',
      { subprotocol: 'sk-own' },
      '',
    ],
    [
      { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.sk-own' },
      '?key=tok-1',
      'laptop',
      { subprotocol: 'sk-own' },
      '',
    ],
    [{ 'sec-websocket-protocol': 'realtime' }, '', undefined, {}, ''],
    // the first token names the client, and no other one goes on
    [{ authorization: 'Bearer tok-2', 'x-api-key': 'tok-1' }, '', 'phone', {}, ''],
    [
      { authorization: 'Bearer tok-1', 'x-api-key': 'sk-a|tok-2' },
      '?x=tok-2',
      'laptop',
      { 'x-api-key': 'sk-a' },
      '',
    ],
    // the first of several keys in one place
    [
      { authorization: 'Bearer tok-1' },
      '?key=first&key=second',
      'laptop',
      { '?key': 'first' },
      '?key=first&key=second',
    ],
    // Nothing is searched for tokens before a valid one was sent, as that would take longer with a valid one.
    [{ authorization: 'Bearer wrong' }, '?x=tok-1', undefined, { authorization: 'wrong' }, '?x=tok-1'],
    [{ authorization: 'Bearer a|tok-1' }, '', undefined, { authorization: 'a|tok-1' }, ''],
  ])('reads %j%s as a token of %s and keys %j', (headers, query, name, owned, rest) => {
    const admission = makeList().authenticate(headers, query, undefined);
    expect(admission.tokenName).toBe(name);
    expect(own(admission)).toEqual(owned);
    expect(admission.query).toBe(rest);
  });

  it('removes tokens from what else goes upstream, unless there are none', () => {
    const { tokens } = makeList().authenticate({ 'x-api-key': 'tok-1' }, '', undefined);
    expect(tokens?.credential('sk-own:tok-2')).toBe('sk-own');
    expect(new AccessTokens([]).authenticate({ 'x-api-key': 'tok-1' }, '', undefined).tokens).toBeUndefined();
    expect([makeList().open, new AccessTokens([]).open]).toEqual([false, true]);
  });

  it('finds a valid token again, and an invalid one never', () => {
    const again = makeList();
    for (let at = 0; at < 3; at++) {
      expect(again.find('tok-1')?.name).toBe('laptop');
      expect(again.find('tok-3')).toBeUndefined();
    }
  });

  it.each(CREDENTIAL_HEADERS)('finds a token in %s, which then never goes upstream', (header) => {
    const value = header === 'authorization' ? 'Bearer tok-1' : 'tok-1';
    expect(list.authenticate({ [header]: value }, '', undefined)).toMatchObject({ tokenName: 'laptop' });
    const sent = outboundHeaders([header, value], { host: 'h', key: undefined, framing: 'none' });
    expect(sent.join()).not.toContain('tok-1');
  });

  it('checks only the first few query parameters that may hold a key', () => {
    const flood = '&key=x'.repeat(2_000);
    expect(list.authenticate({}, `?a${flood}&key=tok-1`, undefined).tokenName).toBeUndefined();
    expect(list.authenticate({}, `?key=tok-1${flood}`, undefined).tokenName).toBe('laptop');
  });

  it('distinguishes an invalid token from a missing one', () => {
    expect(list.authenticate({}, '', undefined).presented).toBe(false);
    expect(list.authenticate({}, '?a=1', undefined).presented).toBe(false);
    expect(list.authenticate({ 'x-api-key': 'wrong' }, '', undefined).presented).toBe(true);
    expect(list.authenticate({}, '?key=wrong', undefined).presented).toBe(true);
  });

  it('accepts every client, and changes nothing, if there are no tokens', () => {
    const open = new AccessTokens([]);
    expect(open.open).toBe(true);
    const admission = open.authenticate({ authorization: 'Bearer sk-own:tok-1' }, '?key=tok-1', undefined);
    expect(own(admission)).toEqual({ authorization: 'sk-own:tok-1', '?key': 'tok-1' });
    expect(admission.query).toBe('?key=tok-1');
  });
});

describe('a token that expires', () => {
  const END_S = 1_790_000_000;
  const over = expect.objectContaining({ code: 'token-expired' }) as Error;
  let nowS = 0;
  const tokens = () =>
    new AccessTokens([{ name: 'laptop', token: 'tok-1', expiresAt: END_S }], undefined, () => nowS * 1_000);

  it('is valid until its second, whether it was used before or not, and again if the clock is set back', () => {
    nowS = END_S - 1;
    const used = tokens();
    expect(used.find('tok-1')?.name).toBe('laptop');
    nowS = END_S;
    expect(() => used.find('tok-1')).toThrow(over);
    expect(() => tokens().find('tok-1')).toThrow(over);
    nowS = END_S - 1;
    expect(used.find('tok-1')?.name).toBe('laptop');
  });

  it('says so wherever it stands, and only if it is the whole token', () => {
    nowS = END_S;
    expect(() => tokens().authenticate({ 'x-api-key': 'sk-own:tok-1' }, '', undefined)).toThrow(over);
    expect(() => tokens().authenticate({}, '?key=tok-1', undefined)).toThrow(over);
    expect(tokens().authenticate({ 'x-api-key': 'tok-' }, '', undefined).tokenName).toBeUndefined();
  });
});

it.each([
  [{ authorization: 'Bearer sk-1' }, 'phone', 'phone'],
  [{ authorization: 'Bearer sk-1' }, undefined, 'sk-1'],
  [{ 'x-api-key': 'sk-1' }, undefined, ''],
  [{}, undefined, ''],
])('a client with %j and the token %s is distinguished from others as %j', (headers, pathToken, id) => {
  const token = pathToken === undefined ? undefined : { name: pathToken, id: pathToken };
  expect(clientIdOf(new AccessTokens([]).authenticate(headers, '', token), headers)).toBe(id);
});

describe('tokens that are known', () => {
  const NOW_MS = 1_800_000_000_000;
  const NOW_S = NOW_MS / 1_000;

  it('are listed without themselves, with their limits and ends', () => {
    const limits = { models: ['gpt-5'], providers: [] };
    const tokens = new AccessTokens([
      { name: 'laptop', token: 'tok-1', limits, expiresAt: NOW_S },
      { name: 'phone', token: 'tok-2' },
    ]);
    expect(tokens.listed()).toEqual([
      {
        token: { name: 'laptop', id: 'laptop', limits, expiresAt: NOW_S },
        issuedAt: undefined,
        isRevoked: false,
      },
      { token: { name: 'phone', id: 'phone' }, issuedAt: undefined, isRevoked: false },
    ]);
    expect(new AccessTokens([]).listed()).toEqual([]);
  });

  it('end at their second, whether they were sent before or not', () => {
    let nowMs = NOW_MS - 1;
    const tokens = new AccessTokens(
      [{ name: 'laptop', token: 'tok-1', expiresAt: NOW_S }],
      undefined,
      () => nowMs,
    );
    expect(tokens.find('tok-1')?.name).toBe('laptop');
    expect(tokens.find('tok-1')?.name).toBe('laptop');
    nowMs = NOW_MS;
    const expired = expect.objectContaining({ code: 'token-expired' }) as Error;
    expect(() => tokens.find('tok-1')).toThrow(expired);
    const unsent = new AccessTokens(
      [{ name: 'laptop', token: 'tok-1', expiresAt: NOW_S }],
      undefined,
      () => nowMs,
    );
    expect(() => unsent.find('tok-1')).toThrow(expired);
  });

  it('are open to all without any', () => {
    const open = new AccessTokens([]);
    expect([open.open, makeList().open]).toEqual([true, false]);
    const admission = open.authenticate({ authorization: 'Bearer a:b' }, '?key=c', undefined);
    expect(own(admission)).toEqual({ authorization: 'a:b', '?key': 'c' });
    expect(admission).toMatchObject({
      tokenName: undefined,
      presented: true,
      query: '?key=c',
      tokens: undefined,
    });
  });

  it.each([
    ['tok-1', {}],
    [':tok-1', {}],
    ['%3Atok-1', {}],
    ['sk-a:b:tok-1', { authorization: 'sk-a:b' }],
    ['sk-a%3Atok-1', { authorization: 'sk-a' }],
    ['sk-a : tok-1', { authorization: 'sk-a' }],
    ['t%6Fk-1', {}],
  ])('in %s leave the key %j', (credential, credentials) => {
    const admission = makeList().authenticate({ authorization: `Bearer ${credential}` }, '', undefined);
    expect(admission).toMatchObject({ tokenName: 'laptop', query: '' });
    expect(own(admission)).toEqual(credentials);
  });

  it.each(['sk-own', 'sk-own:tok-9', 'sk%2Down', 'tok-1:'])('are not in %s', (credential) => {
    const admission = makeList().authenticate({ authorization: `Bearer ${credential}` }, '', undefined);
    expect(admission).toMatchObject({ tokenName: undefined, presented: true });
    expect(own(admission)).toEqual({ authorization: credential });
  });
});
