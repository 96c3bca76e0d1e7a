import path from 'node:path';
import { exitWith } from '../shared/exit-with';
import { installPackages } from '../shared/install-packages';
import { runChild } from '../shared/run-child';
import { nodeArguments } from '../test-packages/command';

/** `npm run test:clients`: installs the clients, if they are missing, and runs their tests. */
async function main(): Promise<number> {
  const tests = path.resolve(__dirname, '../../__tests__');
  const folder = path.join(tests, 'clients');
  const content = 'Claude Code, Codex and other clients, 550 MB to download';
  await installPackages({ folder, content, lacksPlatforms: true });
  const places = ['--testPathIgnorePatterns=/node_modules/', '--testPathPatterns=__tests__/clients'];
  // One after the other: what they do takes both cores of a small machine.
  return runChild(
    process.execPath,
    nodeArguments(['jest', ...places, '--runInBand', ...process.argv.slice(2)], tests),
  );
}

exitWith(main);
