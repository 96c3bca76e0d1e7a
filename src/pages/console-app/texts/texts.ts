import type { Language } from '../../index-page/texts';
import { EN, type AppTexts } from './en';
import { ZH } from './zh';

export const APP_TEXTS: Readonly<Record<Language, AppTexts>> = { en: EN, zh: ZH };

/** A text with its `{name}`s replaced. What is put in is never read as a place for another value. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** The text of a name that the server has sent; the name itself, if there is none. */
export function textOf(texts: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(texts, name) ? (texts[name] ?? name) : name;
}
