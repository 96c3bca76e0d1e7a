import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { exitWith } from '../shared/exit-with';
import { differences } from './differences';
import { PACKAGE, readSource } from './source';
import { tableOf } from './table';

const FILE = path.resolve(__dirname, '../../src/prices/table.json');

/**
 * `npm run prices [-- FOLDER]`: writes the table of prices from the installed package, or from the folder of an unpacked one.
 * A table that would price a model otherwise than its source is not written.
 */
exitWith(() => {
  const source = readSource(process.argv[2]);
  const table = tableOf(source, publicationDate(source.version));
  const wrong = differences(source, table, Date.now());
  if (wrong.length > 0) throw new Error(`Other prices than in the source: ${wrong.join(', ')}.`);
  const text = `${JSON.stringify(table, null, 2)}\n`;
  writeFileSync(FILE, text);
  console.log(
    `${path.relative(process.cwd(), FILE)} was written: ${PACKAGE} ${source.version}, ${text.length} bytes.`,
  );
  return Promise.resolve(0);
});

/** From the registry: the package does not say. */
function publicationDate(version: string): string {
  const times = execFileSync('npm', ['view', PACKAGE, 'time', '--json'], { encoding: 'utf8' });
  const time = (JSON.parse(times) as Readonly<Record<string, string>>)[version];
  if (time === undefined) throw new Error(`The registry does not have ${PACKAGE} ${version}.`);
  return time.slice(0, 10);
}
