/**
 * OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding. Integers of 64 bits are texts, ids are
 * hexadecimal, enumerations are numbers.
 */

/** `undefined` leaves an attribute out. */
export type AttributeValue = string | number | boolean | undefined;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface KeyValue {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly intValue: string }
    | { readonly doubleValue: number }
    | { readonly boolValue: boolean };
}

export function keyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );
}

function valueOf(value: string | number | boolean): KeyValue['value'] {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** @param ms Unix time */
export function nanosText(ms: number): string {
  return `${Math.round(ms * 1_000)}000`;
}
