import { FAILURES } from '../../../src/errors/failures';
import { FAILURES_ZH } from '../../../src/pages/console-app/texts/failures-zh';
import { APP_TEXTS, fill, textOf } from '../../../src/pages/console-app/texts/texts';

/** Texts that need no word, or that are the same in both languages. */
const WITHOUT_WORDS = new Set(['tag', 'common.of', 'common.shown']);

describe('the texts of the page’s script', () => {
  it('are there in both languages, in words of their own, with the same places for values', () => {
    const [english, chinese] = [flat(APP_TEXTS.en), flat(APP_TEXTS.zh)];
    expect(Object.keys(chinese)).toEqual(Object.keys(english));
    for (const [name, text] of Object.entries(english)) {
      expect(text).not.toBe('');
      expect(text).not.toMatch(/\p{Script=Han}/u);
      if (!WITHOUT_WORDS.has(name)) expect(chinese[name]).toMatch(/\p{Script=Han}/u);
      expect([name, places(chinese[name])]).toEqual([name, places(text)]);
    }
  });

  it.each(Object.entries(FAILURES))('have Chinese words for the failure %s', (code, { message }) => {
    const text = FAILURES_ZH[code as keyof typeof FAILURES_ZH];
    expect(text).toMatch(/\p{Script=Han}/u);
    // What a reader has to type or look for is in both.
    const terms = (words: string) =>
      new Set(words.match(/\b[A-Z]+_[A-Z_]+\b|\bRetry-After\b|\/-?\/?health\b/g));
    expect(terms(text)).toEqual(new Set([...terms(message)].filter((term) => term !== 'ADMIN_TOKEN')));
  });

  it('take values as they are', () => {
    expect(fill('{a} of {b}', { a: '{b}', b: 2 })).toBe('{b} of 2');
    expect(fill('{a}', {})).toBe('{a}');
    expect(textOf({ ok: 'good' }, 'ok')).toBe('good');
    expect(textOf({ ok: 'good' }, 'constructor')).toBe('constructor');
  });
});

function places(text = ''): string[] {
  return (text.match(/\{\w+\}/g) ?? []).sort();
}

/** `{ nav: { keys: 'x' } }` → `{ 'nav.keys': 'x' }` */
function flat(texts: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]: [string, string | object]) =>
      typeof value === 'string' ? [[prefix + name, value]] : Object.entries(flat(value, `${prefix}${name}.`)),
    ),
  );
}
