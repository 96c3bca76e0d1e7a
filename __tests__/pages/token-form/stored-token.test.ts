import { tokenInFragment } from '../../../src/pages/token-form/stored-token';

describe('the fragment of the page’s address', () => {
  it.each([
    ['#tok-browser-1-0123456789', 'tok-browser-1-0123456789'],
    ['#token=tok-browser-1-0123456789', 'tok-browser-1-0123456789'],
    ['#slp1~mum~t5k2x9~abcdefghij_-.~', 'slp1~mum~t5k2x9~abcdefghij_-.~'],
    ['#token=short', 'short'],
  ])('%s has the token %s', (fragment, token) => {
    expect(tokenInFragment(fragment)).toBe(token);
  });

  it.each([
    '',
    '#',
    '#/requests',
    '#settings',
    '#token=',
    '#a-long-anchor/with-a-slash',
    '#%3Cscript%3Ealert(1)',
  ])('%j has none', (fragment) => {
    expect(tokenInFragment(fragment)).toBeUndefined();
  });
});
