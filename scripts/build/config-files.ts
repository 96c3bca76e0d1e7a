import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseTable } from '../../src/config/file/parse-table';

/**
 * Reads `config/*.yaml`, `*.yml` and `*.json` into variables by name. A function's variables share 4 KB on SCF; what
 * does not fit goes into the package this way.
 * @throws Error if a file is not a table of variables
 */
export function readConfigFiles(folder: string): Readonly<Record<string, string>> {
  if (!existsSync(folder)) return {};
  const values: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    if (!/\.(?:ya?ml|json)$/.test(name)) continue;
    const { variables, problems } = parseTable(
      readFileSync(path.join(folder, name), 'utf8'),
      `config/${name}`,
    );
    if (!variables) throw new Error(problems.join('\n'));
    for (const [key, value] of Object.entries(variables)) {
      if (key in values)
        throw new Error(`config/${name} sets ${key}, which another file in config/ sets already.`);
      values[key] = value;
    }
  }
  return values;
}
