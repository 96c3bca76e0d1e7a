import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from '../../src/clock/monotonic';

describe('monotonicMs', () => {
  it('passes like other clocks, in ms', async () => {
    const before = [monotonicMs(), performance.now()];
    await sleep(30);
    const after = [monotonicMs(), performance.now()];
    const [passed = 0, expected = 0] = after.map((ms, at) => ms - (before[at] ?? 0));
    expect(Math.abs(passed - expected)).toBeLessThan(1);
    expect(passed).toBeGreaterThan(25);
  });

  it('is the only such clock outside the page, since loading the other costs a cold start 2 ms', () => {
    const src = path.resolve(__dirname, '../../src');
    const users = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        /\.tsx?$/.test(file) &&
        /performance\.now\(|perf_hooks/.test(readFileSync(path.join(src, file), 'utf8')),
    );
    // The page's script runs in browsers; the clock's own comment names what it replaces; the console is a file of its own.
    expect(users.filter((file) => file !== path.join('pages', 'console', 'health.ts')).sort()).toEqual([
      path.join('clock', 'monotonic.ts'),
      path.join('pages', 'console-app', 'holder', 'chat-card.tsx'),
      path.join('pages', 'console-app', 'holder', 'run-chat.ts'),
    ]);
  });
});
