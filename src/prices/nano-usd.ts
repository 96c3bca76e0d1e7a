/** Money is counted in whole nano-dollars: prices of single tokens are fractions of a cent. */
export const NANO_PER_USD = 1e9;
