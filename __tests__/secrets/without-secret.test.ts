import { withoutSecret, withoutSecretIn } from '../../src/secrets/without-secret';

const KEY = 'AIzaSyPool+1/0123456789';

describe('withoutSecret', () => {
  it.each([
    ['x-echo', `key ${KEY}, again ${KEY}.`, 'key [redacted], again [redacted].'],
    [
      'Location',
      `https://x.example/?key=${encodeURIComponent(KEY)}&a`,
      'https://x.example/?key=[redacted]&a',
    ],
    ['Link', encodeURIComponent(KEY).toLowerCase().replace('aizasypool', 'AIzaSyPool'), '[redacted]'],
  ])('masks a key in %s: %s', (name, value, shown) => {
    expect(withoutSecret(['A', '1', name, value, 'B', '2'], KEY)).toEqual(['A', '1', name, shown, 'B', '2']);
  });

  it.each([`%41${KEY.slice(1)}`, encodeURIComponent(encodeURIComponent(KEY))])(
    'leaves out a header with the key in another encoding: %s',
    (value) => {
      expect(withoutSecret(['A', '1', 'X-Echo', value, 'B', '2'], KEY)).toEqual(['A', '1', 'B', '2']);
    },
  );

  it('returns the same list if the key is not in it', () => {
    const headers = ['A', KEY.slice(1), 'B', 'a%20b'.repeat(20), 'C', ''];
    expect(withoutSecret(headers, KEY)).toBe(headers);
  });

  it('searches for nothing that is too short to be a key', () => {
    const headers = ['Connection', 'keep-alive'];
    expect(withoutSecret(headers, 'k')).toBe(headers);
    expect(withoutSecret(headers, '')).toBe(headers);
  });
});

describe('withoutSecretIn', () => {
  it.each([
    ['as it is', KEY],
    ['in JSON, its slash escaped', KEY.replace('/', '\\/')],
    ['in JSON, in numbers', KEY.replace('+', '\\u002b').replace('/', '\\u002F')],
    ['in a URL', encodeURIComponent(KEY)],
    ['in a URL, in lower case', KEY.replace('+', '%2b').replace('/', '%2f')],
    ['in HTML', KEY.replace('+', '&#43;').replace('/', '&#x2F;')],
  ])('masks a key in a text %s, wherever it is', (_how, written) => {
    expect(withoutSecretIn(`{"a":"${written} ${written}."}`, KEY)).toBe('{"a":"[redacted] [redacted]."}');
  });

  it('leaves every other text as it is', () => {
    const text = `\\u002b %2f & ${KEY.slice(1)} ${KEY.replace('/', '%2e')}`;
    expect(withoutSecretIn(text, KEY)).toBe(text);
  });
});
