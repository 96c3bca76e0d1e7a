import { SecretSearch } from '../../src/secrets/secret-search';
import { TokenFilter, fullyDecoded } from '../../src/secrets/token-filter';

const TOKEN = 'tok-planted-1-0123456789';
const filter = new TokenFilter(new SecretSearch([TOKEN]));
/** Each character percent-encoded, `times` over. */
const encoded = (text: string, times: number): string =>
  times === 0 ? text : encoded(Buffer.from(text).toString('hex').replace(/../g, '%$&'), times - 1);

describe('TokenFilter', () => {
  it.each([
    TOKEN,
    `x${TOKEN}y`,
    `own:${TOKEN}`,
    `own%3A${TOKEN}`,
    `own%253A${TOKEN}`,
    encoded(TOKEN, 1),
    encoded(TOKEN, 2),
    encoded(TOKEN, 3),
    `%zz%${encoded(TOKEN, 1)}`,
    `%E4%BD%A0${encoded(TOKEN, 1).toUpperCase()}`,
  ])('finds a token in %s', (text) => {
    expect(filter.isIn(text)).toBe(true);
    expect(filter.headers(['A', '1', 'X-Any', text, 'B', '2'])).toEqual(['A', '1', 'B', '2']);
    expect(filter.query(`?a=%20&b=${text}&&c`)).toBe('?a=%20&&c');
  });

  it('leaves out a header whose name contains one', () => {
    expect(filter.headers([`x-${TOKEN}`, '1', 'B', '2'])).toEqual(['B', '2']);
  });

  it('returns the same headers and query if they contain none', () => {
    const headers = ['A', TOKEN.slice(1), 'B', TOKEN.slice(0, -1), 'C', '100%'];
    expect(filter.headers(headers)).toBe(headers);
    expect(filter.query('?a=%74ok&&b')).toBe('?a=%74ok&&b');
  });

  it.each([
    [`sk-own:${TOKEN}`, 'sk-own'],
    [`${TOKEN}:sk-own`, 'sk-own'],
    [`sk-a:${TOKEN}|sk-b`, 'sk-a|sk-b'],
    [`${TOKEN},sk-a:b , ${TOKEN}`, 'sk-a:b'],
    [`a:${TOKEN}:b`, 'a:b'],
    [`${TOKEN}:${TOKEN}`, ''],
    ['a:b|c', 'a:b|c'],
  ])('removes tokens from the credential %s', (credential, rest) => {
    expect(filter.credential(credential)).toBe(rest);
  });

  it('decodes repeatedly encoded text in a bounded number of passes', () => {
    const nested = '%25'.repeat(5_000);
    expect(fullyDecoded(nested).length).toBeGreaterThan(0);
    expect(fullyDecoded('%2525252574')).toContain('%');
  });
});
