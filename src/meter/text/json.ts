/** A JSON object, parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A value as an object; `undefined` if it is none, or a list. */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

/** A whole JSON text as an object; `undefined` if it is none. */
export function parsedObject(text: string): JsonObject | undefined {
  return objectOf(parsed(text));
}

/** A whole JSON text; `undefined` if it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
