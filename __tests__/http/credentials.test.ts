import {
  MAX_JOINED_KEYS,
  credentialIn,
  decoded,
  queryCredentials,
  splitKeys,
  subprotocolCredential,
  subprotocolsOf,
  withQueryCredential,
  withSubprotocolCredential,
  withoutParameter,
} from '../../src/http/credentials';
import { FAILURES } from '../../src/errors/failures';

describe('credentialIn', () => {
  it.each([
    ['authorization', { authorization: 'Bearer sk-1' }, 'sk-1'],
    ['authorization', { authorization: 'bearer   sk-1 ' }, 'sk-1'],
    ['x-api-key', { 'x-api-key': ' sk-2 ' }, 'sk-2'],
    ['authorization', { authorization: 'Basic dXNlcg==' }, undefined],
    ['authorization', { authorization: 'Bearer ' }, undefined],
    ['authorization', { authorization: 'sk-1' }, undefined],
    ['authorization', { authorization: 'xBearer sk-1' }, undefined],
    ['authorization', { authorization: 'Bearers sk-1' }, undefined],
    ['authorization', {}, undefined],
    ['x-api-key', { 'x-api-key': 'Bearer sk-2' }, 'Bearer sk-2'],
    ['x-api-key', { 'x-api-key': '  ' }, undefined],
    ['x-api-key', { 'x-api-key': '' }, undefined],
    ['x-api-key', {}, undefined],
  ] as const)('%s of %j is %s', (header, headers, expected) => {
    expect(credentialIn(headers, header)).toBe(expected);
  });
});

describe('splitKeys', () => {
  it.each([
    ['a', ['a']],
    ['a|b,c', ['a', 'b', 'c']],
    [' a | b ,, ', ['a', 'b']],
    ['|,', []],
  ])('%j is %j', (credential, keys) => {
    expect(splitKeys(credential)).toEqual(keys);
  });

  it('accepts as many keys as the error for more of them states', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, at) => `k${at}`);
    expect(splitKeys(keys(MAX_JOINED_KEYS).join())).toHaveLength(MAX_JOINED_KEYS);
    expect(FAILURES['too-many-keys'].message).toContain(` ${MAX_JOINED_KEYS} `);
    const tooMany = expect.objectContaining({ code: 'too-many-keys' }) as Error;
    expect(() => splitKeys(keys(MAX_JOINED_KEYS + 1).join('|'))).toThrow(tooMany);
    expect(() => splitKeys('|'.repeat(MAX_JOINED_KEYS))).toThrow(tooMany);
  });
});

describe('the keys in a query', () => {
  it.each([
    ['', []],
    ['?a=1', []],
    ['?key=', []],
    ['?key=sk-1', ['sk-1']],
    ['?a=1&key=sk-1&b=2', ['sk-1']],
    ['?key=a%7Cb%3Atok', ['a|b:tok']],
    ['?key=%E0%A4%A', ['%E0%A4%A']],
    ['?monkey=1&key2=2&KEY=3&key=4', ['4']],
    ['?key=1&key=&key=2&key=3', ['1', '2', '3']],
    ['?key=1&key=2&key=3&key=4&key=5', ['1', '2', '3', '4']],
  ])('of %s are %j', (query, keys) => {
    expect(queryCredentials(query)).toEqual(keys);
  });

  it.each([
    ['?key=tok', '?key=sk-1'],
    ['?alt=sse&key=tok&x=%20', '?alt=sse&key=sk-1&x=%20'],
    ['?key=tok&key=other&monkey=1&key=', '?key=sk-1&monkey=1'],
  ])('of %s are all replaced by one: %s', (query, expected) => {
    expect(withQueryCredential(query, 'sk-1')).toBe(expected);
  });

  it('are encoded when they are replaced, so that a key cannot add a parameter', () => {
    expect(withQueryCredential('?key=tok', 'a&b=c#d')).toBe('?key=a%26b%3Dc%23d');
  });
});

describe('a query without a parameter', () => {
  it.each([
    ['', ''],
    ['?a=1', '?a=1'],
    ['?key=1', ''],
    ['?key=1&a=%20&b', '?a=%20&b'],
    ['?a&key=1&key=2&b', '?a&b'],
    ['?monkey=1&key2=2', '?monkey=1&key2=2'],
    ['?monkey=1&key=', '?monkey=1'],
  ])('of %s is %s', (query, rest) => {
    expect(withoutParameter(query, 'key')).toBe(rest);
  });

  it('keeps those whose value is not meant', () => {
    expect(withoutParameter('?key=tok&a=1&key=own', 'key', (value) => value === 'tok')).toBe('?a=1&key=own');
  });
});

describe('the subprotocols of a WebSocket', () => {
  it.each([
    [undefined, [], undefined],
    ['realtime', ['realtime'], undefined],
    ['realtime, openai-insecure-api-key.sk-1', ['realtime', 'openai-insecure-api-key.sk-1'], 'sk-1'],
    ['x-openai-insecure-api-key.sk-1', ['x-openai-insecure-api-key.sk-1'], undefined],
    [
      'openai-insecure-api-key.a , openai-insecure-api-key.b',
      ['openai-insecure-api-key.a', 'openai-insecure-api-key.b'],
      'a',
    ],
  ])('in %s are %j, with the key %s', (value, offered, key) => {
    const headers = value === undefined ? {} : { 'sec-websocket-protocol': value };
    expect(subprotocolsOf(headers)).toEqual(offered);
    expect(subprotocolCredential(headers)).toBe(key);
  });

  it.each([
    [['realtime'], ['realtime']],
    [
      ['realtime', 'openai-insecure-api-key.tok', 'beta'],
      ['realtime', 'openai-insecure-api-key.sk-1', 'beta'],
    ],
    [
      ['openai-insecure-api-key.tok', 'realtime', 'openai-insecure-api-key.other'],
      ['openai-insecure-api-key.sk-1', 'realtime'],
    ],
  ])('%j get the upstream’s key in place of every other one: %j', (offered, sent) => {
    expect(withSubprotocolCredential(offered, 'sk-1')).toEqual(sent);
  });
});

it.each([
  ['a%20b', 'a b'],
  ['%3A', ':'],
  ['%', '%'],
  ['', ''],
])('the text %s is decoded as %s', (text, plain) => {
  expect(decoded(text)).toBe(plain);
});
