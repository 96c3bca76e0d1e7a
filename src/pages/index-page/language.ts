import type { Language } from './texts';

/**
 * The page's language: `?lang=` if it names one, else the browser's preferred language, else English.
 * @param requested the value of `?lang=`, as the query parser gives it: `'zh'`, a list if it is repeated, or `undefined`
 * @param accepted the header Accept-Language, such as `zh-CN,zh;q=0.9,en;q=0.8`
 */
export function languageOf(requested: unknown, accepted = ''): Language {
  return (
    languageNamed(typeof requested === 'string' ? requested : '') ??
    preferences(accepted)
      .map(languageNamed)
      .find((language) => language !== undefined) ??
    'en'
  );
}

/** `'zh'` for zh, zh-CN, zh-Hant-TW, …; `'en'` for en, en-GB, …; `undefined` for any other tag. */
export function languageNamed(tag: string): Language | undefined {
  const primary = tag.trim().toLowerCase().split('-')[0];
  return primary === 'zh' || primary === 'en' ? primary : undefined;
}

/** The tags of Accept-Language, by descending quality: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language */
function preferences(accepted: string): string[] {
  return accepted
    .slice(0, 1_000)
    .split(',')
    .map((item) => {
      const [tag = '', ...parameters] = item.split(';');
      const quality = parameters.map((one) => /^\s*q=([\d.]{1,5})\s*$/i.exec(one)?.[1]).find(Boolean);
      return { tag, quality: Number(quality ?? 1) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag);
}
