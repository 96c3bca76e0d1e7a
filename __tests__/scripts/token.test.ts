import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { readConfig } from '../../src/config/read-config';

const ROOT = path.join(__dirname, '../..');

/** `npm run token` as its own process. */
function run(...options: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    path.join(ROOT, 'node_modules/.bin/tsx'),
    ['scripts/token/main.ts', ...options],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return { status, lines: stdout.split('\n').slice(0, -1), stderr };
}

describe('npm run token', () => {
  it('prints one token of 32 letters and digits, another one each time', () => {
    const first = run();
    const second = run();
    expect([first.status, second.status]).toEqual([0, 0]);
    for (const { lines } of [first, second])
      expect(lines).toEqual([expect.stringMatching(/^[A-Za-z0-9]{32}$/)]);
    expect(first.lines).not.toEqual(second.lines);
  });

  it('prints items that ACCESS_TOKENS takes, with names of their own', () => {
    const { lines } = run('--name', 'ann', '--count', '3');
    expect(readConfig({ ACCESS_TOKENS: lines.join() }).accessTokens).toEqual([
      { name: 'ann-1', token: lines[0]?.slice(6) },
      { name: 'ann-2', token: lines[1]?.slice(6) },
      { name: 'ann-3', token: lines[2]?.slice(6) },
    ]);
    expect(run('--name', 'ann').lines).toEqual([expect.stringMatching(/^ann:[A-Za-z0-9]{32}$/)]);
    expect(run('--count', '2').lines).toHaveLength(2);
  });

  it.each([
    [['--name', 'a:b']],
    [['--name', 'x'.repeat(65)]],
    [['--count', '0']],
    [['--count', '101']],
    [['--count', 'many']],
    [['--nam', 'ann']],
    [['ann']],
  ])('explains itself and prints no token for %j', (options) => {
    const { status, lines, stderr } = run(...options);
    expect([status, lines]).toEqual([2, []]);
    expect(stderr).toContain('npm run token [-- --name NAME]');
  });
});
