import { NANO_PER_USD } from '../../src/prices/nano-usd';

const GROUPED = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** With a comma at every thousand. */
export function grouped(value: number): string {
  return GROUPED.format(value);
}

/** A number of things: `1 line`, `2,000 lines`. */
export function counted(count: number, thing: string): string {
  return `${grouped(count)} ${thing}${count === 1 ? '' : 's'}`;
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${((part / whole) * 100).toFixed(1)} %`;
}

/** As many decimals as make the largest of some amounts of money legible. */
export function moneyDecimals(largestNanoUsd: number): number {
  if (largestNanoUsd >= 100 * NANO_PER_USD) return 2;
  return largestNanoUsd >= NANO_PER_USD / 100 ? 4 : 9;
}

/** `–` if it is not known. */
export function money(nanoUsd: number | undefined, decimals: number): string {
  if (nanoUsd === undefined) return '–';
  const format = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return (nanoUsd / NANO_PER_USD).toLocaleString('en-US', format);
}

/** Text from outside, without the characters that would control the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}
