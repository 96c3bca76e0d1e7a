import { AccessList } from '../../src/core/access';

const list = new AccessList([
  { name: 'laptop', token: 'tok-1' },
  { name: 'phone', token: 'tok-2' },
]);
const own = (admission: { own: ReadonlyMap<string, string> }) => Object.fromEntries(admission.own);

describe('AccessList', () => {
  it.each([
    ['tok-1', 'laptop'],
    ['tok-2', 'phone'],
    ['tok-3', undefined],
    ['tok-', undefined],
    ['', undefined],
    ['tok-1 ', undefined],
  ])('knows %j as %s', (token, name) => {
    expect(list.nameOf(token)).toBe(name);
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
    [{ authorization: 'Bearer tok-1' }, '?key=tok-2&key=other', undefined, 'laptop', {}, '?key=other'],
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
    const admission = list.admit(headers, query, inPath);
    expect(admission.tokenName).toBe(name);
    expect(own(admission)).toEqual(owned);
    expect(admission.query).toBe(rest);
  });

  it('tells a wrong token from none', () => {
    expect(list.admit({}, '', undefined).presented).toBe(false);
    expect(list.admit({}, '?a=1', undefined).presented).toBe(false);
    expect(list.admit({ 'x-api-key': 'wrong' }, '', undefined).presented).toBe(true);
    expect(list.admit({}, '?key=wrong', undefined).presented).toBe(true);
  });

  it('lets everybody in, and touches nothing, where there are no tokens', () => {
    const open = new AccessList([]);
    expect(open.open).toBe(true);
    const admission = open.admit({ authorization: 'Bearer sk-own:tok-1' }, '?key=tok-1', undefined);
    expect(own(admission)).toEqual({ authorization: 'sk-own:tok-1', '?key': 'tok-1' });
    expect(admission.query).toBe('?key=tok-1');
  });
});
