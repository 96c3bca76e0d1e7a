import type { Environment } from '../../src/config/effective-value';
import { meantKey } from './meant-key';
import { resolveReferences } from './references';

/** Where a value is in the file, and where its problems are collected. */
export interface Place {
  readonly path: string;
  readonly environment: Environment;
  readonly problems: string[];
}

/** Reads one value. A problem is added to the place, and a harmless value is returned so that reading can continue. */
export type Field<T> = (value: unknown, place: Place) => T;

type Fields = Readonly<Record<string, Field<unknown>>>;
type Values<F extends Fields> = {
  readonly [Key in keyof F]: F[Key] extends Field<infer T> ? T : never;
};

/** A table with these keys and no others. */
export function table<F extends Fields>(fields: F): Field<Values<F>> {
  return (value, place) => {
    const given = tableOf(value, place);
    for (const key of Object.keys(given)) {
      if (Object.hasOwn(fields, key)) continue;
      const meant = meantKey(key, Object.keys(fields));
      report(
        inside(place, key),
        meant === undefined
          ? 'is not a setting that this deployment supports. Remove it.'
          : `is not a setting that this deployment supports. Did you mean ${meant}?`,
      );
    }
    return Object.fromEntries(
      Object.entries(fields).map(([key, field]) => [key, field(given[key], inside(place, key))]),
    ) as Values<F>;
  };
}

/** A list of exactly one item. */
export function singleItem<T>(item: Field<T>): Field<T> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== 1) report(place, 'must be a list with one item.');
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    return item(list[0] ?? {}, { ...place, path: `${place.path}[0]` });
  };
}

/** A list of any length; none if it is left out. */
export function list<T>(item: Field<T>): Field<readonly T[]> {
  return (value, place) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) {
      report(place, 'must be a list.');
      return [];
    }
    return value.map((one: unknown, at) => item(one, { ...place, path: `${place.path}[${at}]` }));
  };
}

/** A value that may be left out. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return (value, place) => (value === undefined || value === null ? undefined : field(value, place));
}

/** A text with its references replaced. Without a fallback it is required. */
export function text(fallback?: string): Field<string> {
  return (value, place) => {
    if (value === undefined || value === null) {
      if (fallback === undefined) report(place, 'is missing.');
      return fallback ?? '';
    }
    if (typeof value !== 'string') {
      report(place, 'must be a text.');
      return fallback ?? '';
    }
    const resolved = resolveReferences(value, place.environment);
    if ('text' in resolved) return resolved.text;
    if ('problem' in resolved) report(place, resolved.problem);
    else if (fallback === undefined)
      report(place, `needs the variable ${resolved.unset}. Set it in the environment or in .env.`);
    return fallback ?? '';
  };
}

/** One of a few texts; the first is the default. */
export function oneOf<T extends string>(...allowed: readonly [T, ...T[]]): Field<T> {
  return (value, place) => {
    const given = text(allowed[0])(value, place);
    const found = allowed.find((one) => one === given);
    if (found === undefined) report(place, `must be ${allowed.join(' or ')}.`);
    return found ?? allowed[0];
  };
}

export function wholeNumber(fallback: number): Field<number> {
  return (value, place) => {
    const given = typeof value === 'string' ? text(String(fallback))(value, place) : (value ?? fallback);
    const number = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given;
    if (Number.isSafeInteger(number)) return number as number;
    report(place, 'must be a whole number.');
    return fallback;
  };
}

export function flag(fallback: boolean): Field<boolean> {
  return (value, place) => {
    const given = typeof value === 'string' ? text(String(fallback))(value, place) : (value ?? fallback);
    if (given === true || given === 'true') return true;
    if (given === false || given === 'false') return false;
    report(place, 'must be true or false.');
    return fallback;
  };
}

/** A table of texts whose names the user chooses. A text is left out if it is empty or its variable is not set. */
export const variables: Field<Readonly<Record<string, string>>> = (value, place) => {
  const set: Record<string, string> = {};
  for (const [name, raw] of Object.entries(tableOf(value, place))) {
    const at = inside(place, name);
    if (raw === null) continue;
    if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean') {
      report(at, 'must be a text, a number, true or false.');
      continue;
    }
    const resolved = resolveReferences(String(raw), place.environment);
    if ('problem' in resolved) report(at, resolved.problem);
    if ('text' in resolved && resolved.text !== '') set[name] = resolved.text;
  }
  return set;
};

function tableOf(value: unknown, place: Place): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  report(place, 'must be a table of settings.');
  return {};
}

function inside(place: Place, key: string): Place {
  return { ...place, path: place.path === '' ? key : `${place.path}.${key}` };
}

function report(place: Place, problem: string): void {
  place.problems.push(`${place.path === '' ? 'serverless.yml' : place.path} ${problem}`);
}
