import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import type { Environment } from '../../src/config/effective-value';

/**
 * Reads `config/*.yaml`, `*.yml` and `*.json` into variables by name. A function's variables share 4 KB on SCF; what
 * does not fit goes into the package this way.
 * @throws Error if a file is not a table of variables
 */
export function readConfigFiles(folder: string): Environment {
  if (!existsSync(folder)) return {};
  const values: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    if (!/\.(?:ya?ml|json)$/.test(name)) continue;
    const table: unknown = parse(readFileSync(path.join(folder, name), 'utf8')) ?? {};
    if (typeof table !== 'object' || Array.isArray(table))
      throw new Error(`config/${name} must be a table of variables, such as "ACCESS_TOKENS: …".`);
    for (const [key, value] of Object.entries(table as Record<string, unknown>)) {
      if (key in values)
        throw new Error(`config/${name} sets ${key}, which another file in config/ sets already.`);
      values[key] = textOf(value, `config/${name}: ${key}`);
    }
  }
  return values;
}

/** A list becomes `a,b`; a table of names becomes `name:value,…`, the form of `ACCESS_TOKENS`. */
function textOf(value: unknown, where: string): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  if (Array.isArray(value)) return value.map((item) => textOf(item, where)).join(',');
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, item]) => `${name}:${textOf(item, where)}`)
      .join(',');
  throw new Error(`${where} must be a text, a number, true or false, or a list of these.`);
}
