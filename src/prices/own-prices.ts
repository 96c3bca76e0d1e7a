import { PriceList } from './price-list';

/** A model's name, with at most one `*`, at its end; input, output and cached input in USD a million tokens. */
const ENTRY =
  /^([^\s*=]{0,200}\*?)=(\d{1,6}(?:\.\d{1,9})?)\/(\d{1,6}(?:\.\d{1,9})?)(?:\/(\d{1,6}(?:\.\d{1,9})?))?$/;

/**
 * The value of PRICES: `model=input/output` or `model=input/output/cached`, one a line or separated by commas.
 * @returns `undefined` as the value if there are none; a problem is a phrase that follows the variable's name
 */
export function ownPrices(
  text: string,
): { readonly value: PriceList | undefined } | { readonly problem: string } {
  const entries: Record<string, string> = {};
  for (const item of text.split(/[,\n]/).map((one) => one.trim())) {
    if (item === '') continue;
    const [, model = '', input = '', output = '', cached] = ENTRY.exec(item) ?? [];
    if (model === '') {
      return {
        problem:
          'must be a list of model=input/output or model=input/output/cached, in USD a million tokens, without spaces; a "*" may only end a model.',
      };
    }
    const name = model.toLowerCase();
    if (Object.hasOwn(entries, name)) return { problem: 'has the same model twice.' };
    entries[name] = `input ${input} output ${output}${cached === undefined ? '' : ` cached ${cached}`}`;
  }
  return { value: Object.keys(entries).length === 0 ? undefined : new PriceList(entries) };
}
