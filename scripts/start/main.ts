import path from 'node:path';
import { buildScf } from '../build/build';
import { exitWith } from '../shared/exit-with';
import { runBundle } from '../shared/run-bundle';

/** `npm start`: builds the bundle and runs it on this machine, with the variables of the environment and of `.env`. */
async function main(): Promise<number> {
  const root = path.resolve(__dirname, '../..');
  const folder = path.join(root, 'dist/start');
  await buildScf(folder);
  return runBundle({ folder, environment: process.env, cwd: root });
}

exitWith(main);
