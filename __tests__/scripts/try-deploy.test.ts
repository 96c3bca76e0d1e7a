import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { SIMULATED_TEXT } from '../../scripts/fakes/simulated-replies';
import { openaiResponse } from './deploy/scene';

const ROOT = path.resolve(__dirname, '../..');

it('npm run try:deploy deploys to a local SCF whose public URL responds to the printed token, and ends on Ctrl-C.', async () => {
  const child = spawn(process.execPath, [require.resolve('tsx/cli'), 'scripts/local-scf/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error(output));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('Ctrl-C ends it.')) resolve();
    });
  });
  await ready;
  const url = /^Public URL: (\S+)$/m.exec(output)?.[1] ?? '';
  const token = /access token is ([0-9a-f]{32})/.exec(output)?.[1] ?? '';
  expect(await openaiResponse(url, token)).toBe(SIMULATED_TEXT);
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
}, 60_000);
