import { NANO_PER_USD } from '../prices/nano-usd';
const NANO_DIGITS = 9;

/** Whole nano-dollars as US dollars, exactly: `1.25`, `0.000000001`, `0`. */
export function usdText(nanoUsd: number): string {
  const whole = Math.floor(nanoUsd / NANO_PER_USD);
  const rest = String(nanoUsd - whole * NANO_PER_USD).padStart(NANO_DIGITS, '0');
  const decimals = rest.replace(/0+$/, '');
  return decimals === '' ? String(whole) : `${whole}.${decimals}`;
}

/** The same as a number, for clients that expect one. */
export function usdNumber(nanoUsd: number): number {
  return nanoUsd / NANO_PER_USD;
}

/** In US cents. */
export function centsOf(nanoUsd: number): number {
  return nanoUsd / (NANO_PER_USD / 100);
}
