import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '../../..');

it.each([
  ['a room that it does not know', ['pages'], 1],
  ['a file outside of its rooms', ['pages/limits.ts'], 1],
  ['--help', ['--help'], 0],
])('npm run test:mutation lists its rooms for %s, and changes nothing.', (_what, args, status) => {
  const ended = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/mutation/main.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(ended.status).toBe(status);
  expect(ended.stdout).toMatch(/ROOM +http, meter, .*proxy\/auth, /);
  expect(ended.stderr).toBe('');
});
