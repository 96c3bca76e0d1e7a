import { nanoUsdIn } from '../../proxy/tokens/claims';
import type { ParseResult } from './basic';

/** US dollars in nano-dollars; `undefined` for `off`. */
export function dailyCap(text: string): ParseResult<number | undefined> {
  if (/^off$/i.test(text)) return { value: undefined };
  const value = nanoUsdIn(text);
  return value === undefined
    ? { problem: 'must be off or an amount of US dollars from 0.01 to 1000000, as 50 or 2.50.' }
    : { value };
}
