import { keyPlace } from '../../src/core/key-placement';
import { gemini } from '../../src/providers/gemini';
import { openai } from '../../src/providers/openai';

const admission = (query: string) => ({ tokenName: 'laptop', presented: true, own: new Map(), query });
const PATH = '/upload/v1beta/files';

describe('keyPlace', () => {
  it('puts the key into the query where the caller had it there, and the rest stays', () => {
    const place = keyPlace({
      provider: gemini,
      path: PATH,
      query: '?a=1&key=tok-1&b=%20',
      headers: {},
      admission: admission('?a=1&b=%20'),
    });
    expect([place.query('k+1'), place.header('k+1')]).toEqual(['?a=1&key=k%2B1&b=%20', undefined]);
  });

  it('places no empty key: neither in the query nor in a header', () => {
    const place = keyPlace({
      provider: gemini,
      path: PATH,
      query: '?upload_id=x&key=tok-1',
      headers: {},
      admission: admission('?upload_id=x'),
    });
    expect([place.query(''), place.header('')]).toEqual(['?upload_id=x', undefined]);
  });

  it('puts it into the header of a provider that takes none in the query', () => {
    const place = keyPlace({
      provider: openai,
      path: '/v1/models',
      query: '?key=theirs',
      headers: {},
      admission: admission('?key=theirs'),
    });
    expect([place.query('k'), place.header('k')]).toEqual(['?key=theirs', ['Authorization', 'Bearer k']]);
  });
});
