import { readFileSync } from 'node:fs';
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

  it('is the only such clock in the deployed bundle, since loading the other costs a cold start 2 ms', () => {
    const uses = (file: string) =>
      readFileSync(path.resolve(__dirname, '../..', file), 'utf8').match(/performance\.now|perf_hooks/g)
        ?.length;
    // The script of the page at / is inside the bundle, and runs in browsers.
    expect(uses('dist/scf/index.js')).toBe(uses('src/pages/index-page/browser.ts'));
  });
});
