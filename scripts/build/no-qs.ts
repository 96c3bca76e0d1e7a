/** Replaces the `qs` that Express loads at start; the pages use its simple query parser, which is Node's own. */
export function parse(): never {
  throw new Error('The bundle holds no parser for nested queries (scripts/build/build.ts).');
}
