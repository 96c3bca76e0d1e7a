/** Replaces express's body parsers in the bundle: any use throws at once. */
function absent(): never {
  throw new Error('The bundle holds no body parser (scripts/build/build.ts).');
}

export const json = absent;
export const raw = absent;
export const text = absent;
export const urlencoded = absent;
