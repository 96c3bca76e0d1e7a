import type { IncomingHttpHeaders } from 'node:http';
import { AccessTokens } from '../../../src/proxy/auth/access-tokens';
import { placeCredential, clientCredential } from '../../../src/proxy/request/credential-placement';
import { gemini } from '../../../src/providers/gemini';
import { groq, openai } from '../../helpers/providers';

const TOKEN = 'tok-planted-1-0123456789';
const list = new AccessTokens([{ name: 'laptop', token: TOKEN }]);

function placed(
  provider: typeof gemini,
  query: string,
  headers: IncomingHttpHeaders,
  { ownKey, key }: { ownKey: boolean; key: string },
  path = '/x',
) {
  const admission = list.authenticate(headers, query, { name: 'laptop', id: 'laptop' });
  const place = placeCredential({
    provider,
    path,
    query,
    headers,
    client: admission,
    isClientKey: ownKey,
  });
  return {
    query: place.query(key),
    header: place.header(key)?.join(': '),
    subprotocols: place.subprotocols(key),
    own: clientCredential(provider, admission.credentials),
  };
}
const server = { ownKey: false, key: 'k+1' };
const own = { ownKey: true, key: 'o+1' };
const subprotocols = (...items: string[]) => ({ 'sec-websocket-protocol': items.join(', ') });
const keyItem = (key: string) => `openai-insecure-api-key.${key}`;

describe('a key of the server’s', () => {
  it.each([
    ['a token in the query', `?a=1&key=${TOKEN}&b=%20`, '?a=1&b=%20'],
    ['a key and a token', `?key=AIza-own:${TOKEN}`, ''],
    ['a client’s own key', '?key=AIza-own&b', '?b'],
    ['two keys', `?key=${TOKEN}&b&key=AIza-own`, '?b'],
    ['a token under another name', `?access_token=${TOKEN}&b`, '?b'],
  ])('stands in a header, and no key in the query, with %s', (_what, query, expected) => {
    expect(placed(gemini, query, {}, server)).toMatchObject({
      query: expected,
      header: 'x-goog-api-key: k+1',
    });
  });

  it('stands in a header, and in no subprotocol', () => {
    const headers = subprotocols('realtime', keyItem(TOKEN), keyItem('sk-own'), `x.${TOKEN}`);
    expect(placed(openai, '', headers, server)).toMatchObject({
      header: 'Authorization: Bearer k+1',
      subprotocols: 'realtime',
    });
    expect(placed(openai, '', subprotocols(keyItem(TOKEN)), server).subprotocols).toBeUndefined();
  });

  it('does not change a parameter that only another provider uses', () => {
    expect(placed(openai, '?key=theirs', {}, server)).toMatchObject({ query: '?key=theirs' });
  });

  it('is not sent if it is empty', () => {
    expect(placed(gemini, '?upload_id=x', {}, { ownKey: false, key: '' })).toMatchObject({
      query: '?upload_id=x',
      header: undefined,
    });
  });
});

describe('a client’s own key', () => {
  it.each([
    ['alone', '?a=1&key=AIza-own&b=%20', '?a=1&key=o%2B1&b=%20'],
    ['with a token behind it', `?key=AIza-own:${TOKEN}&b`, '?key=o%2B1&b'],
    ['beside a token', `?key=AIza-own&key=${TOKEN}&b`, '?key=o%2B1&b'],
    ['behind a token', `?key=${TOKEN}&b&key=AIza-own`, '?key=o%2B1&b'],
    ['beside another parameter with a token', `?key=AIza-own&x=${TOKEN}`, '?key=o%2B1'],
  ])('stays in the query (%s), and is in no header', (_how, query, expected) => {
    expect(placed(gemini, query, {}, own)).toMatchObject({
      query: expected,
      header: undefined,
      own: 'AIza-own',
    });
  });

  it('stays among the subprotocols, without any token', () => {
    const headers = subprotocols('realtime', keyItem('sk-own'), keyItem(TOKEN));
    expect(placed(openai, '', headers, own)).toMatchObject({
      header: undefined,
      subprotocols: `realtime, ${keyItem('o+1')}`,
    });
  });

  it('goes into the header of a provider that accepts none in its original place', () => {
    expect(placed(groq, '?key=gsk_own&b', {}, own)).toMatchObject({
      query: '?b',
      header: 'Authorization: Bearer o+1',
      own: 'gsk_own',
    });
    expect(placed(groq, '', { 'x-goog-api-key': 'gsk_own' }, own).own).toBe('gsk_own');
  });

  it.each([
    ['an OAuth token', '/v1beta/models/g:generateContent', 'ya29.own'],
    ['a key for chat completions', '/v1beta/openai/chat/completions', 'AIza-own'],
  ])('goes into a header if Google takes it only there: %s', (_what, path, key) => {
    expect(placed(gemini, `?a=1&key=${key}&b`, {}, { ownKey: true, key }, path)).toMatchObject({
      query: '?a=1&b',
      header: `Authorization: Bearer ${key}`,
    });
  });

  it('in a header overrides one in the query, which is not sent', () => {
    expect(placed(gemini, '?key=AIza-2&b', { 'x-goog-api-key': 'AIza-own' }, own)).toMatchObject({
      query: '?b',
      header: 'x-goog-api-key: o+1',
      own: 'AIza-own',
    });
  });
});
