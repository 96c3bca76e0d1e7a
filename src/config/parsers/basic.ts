/** A parsed value, or its problem: a phrase that follows the variable's name and never contains its value. */
export type ParseResult<T> = { readonly value: T } | { readonly problem: string };

export type Parser<T> = (text: string) => ParseResult<T>;

export function integer(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max
      ? { value }
      : { problem: `must be a whole number from ${min} to ${max}.` };
  };
}

/** A number; `undefined` if the variable is not set. */
export function integerIfSet(min: number, max: number): Parser<number | undefined> {
  return (text) => (text === '' ? { value: undefined } : integer(min, max)(text));
}

/** A number, or `off`: `Infinity`. */
export function integerOrOff(min: number, max: number): Parser<number> {
  return (text) => {
    const result = integer(min, max)(text);
    if ('value' in result) return result;
    return /^off$/i.test(text)
      ? { value: Infinity }
      : { problem: `must be off or a whole number from ${min} to ${max}.` };
  };
}

export function flag(text: string): ParseResult<boolean> {
  if (/^(?:true|1|yes|on)$/i.test(text)) return { value: true };
  return /^(?:false|0|no|off)$/i.test(text) ? { value: false } : { problem: 'must be true or false.' };
}

export function oneOf<T>(names: readonly string[], find: (name: string) => T | undefined): Parser<T> {
  return (text) => {
    const value = find(text);
    return value === undefined ? { problem: `must be one of: ${names.join(', ')}.` } : { value };
  };
}

/** The items of a list, trimmed; empty ones are left out. */
export function items(text: string, separator: string | RegExp = ','): string[] {
  return text
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export function list(pattern: RegExp, what: string): Parser<readonly string[]> {
  return (text) => {
    const value = items(text);
    return value.every((item) => pattern.test(item))
      ? { value }
      : { problem: `must be a comma-separated list of ${what}.` };
  };
}

/** An origin as browsers write it: scheme, host, port, nothing after it. */
const WEB_ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s@]+$/;

export function webOrigins(text: string): ParseResult<'*' | readonly string[]> {
  const value = items(text);
  if (value.includes('*')) {
    return value.length === 1
      ? { value: '*' }
      : { problem: 'must be either * or a list of origins, not both.' };
  }
  return value.every((item) => WEB_ORIGIN.test(item))
    ? { value }
    : {
        problem:
          'must be * or a comma-separated list of origins such as https://chat.example.com, in lower case and without a path.',
      };
}
