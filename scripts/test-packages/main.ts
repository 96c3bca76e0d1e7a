import path from 'node:path';
import { exitWith } from '../shared/exit-with';
import { installPackages } from '../shared/install-packages';
import { runChild } from '../shared/run-child';
import { nodeArguments } from './command';

/**
 * Runs a command that needs packages which only tests, types and linting need. They are a package of their own, so that
 * `npm ci` at the top stays light; it is installed here, before the first such command.
 */
async function main(): Promise<number> {
  const folder = path.resolve(__dirname, '../../__tests__');
  await installPackages({ folder, content: 'what tests and linting need, 40 MB to download' });
  // Scripts for developers import such packages from outside that folder.
  const places = [path.join(folder, 'node_modules'), process.env['NODE_PATH']];
  const NODE_PATH = places.filter((place) => place !== undefined).join(path.delimiter);
  const args = nodeArguments(process.argv.slice(2), folder);
  return runChild(process.execPath, args, { env: { ...process.env, NODE_PATH } });
}

exitWith(main);
