/** A readable figure: three significant digits, thousands separators, no trailing zeros. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en-US');
  return String(size === 0 ? 0 : Number(value.toPrecision(size < 0.1 ? 2 : 3)));
}
