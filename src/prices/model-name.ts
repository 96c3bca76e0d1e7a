/** No real model has a longer name. */
export const MAX_MODEL_CHARACTERS = 200;
/** What a dated name has after the model's: `-2025-08-07`, `-20250807`. */
const DATE = /-(?:\d{4}-\d{2}-\d{2}|\d{8})$/;

/**
 * The names by which a model may stand in a table of prices, the most particular first: as it is, without what an API puts
 * before it (`models/` of Gemini), without its date, and without `-latest`.
 */
export function modelNames(model: string): readonly string[] {
  const name = model.toLowerCase().replace(/^models\//, '');
  return [...new Set([name, name.replace(DATE, ''), name.replace(/-latest$/, '')])];
}
