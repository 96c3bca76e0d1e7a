import * as proc from '../../../scripts/bench/rig/proc';
import { isDisturbed } from '../../../scripts/bench/rig/disturbance';

const STAT = '42 (a (b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 30 20 20 0 7 0';

describe('in /proc,', () => {
  test('CPU time is read after a name with brackets and spaces', () => {
    expect(proc.parseStat(STAT)).toBe(3);
    expect(proc.parseStatOfEnded(STAT)).toBe(0.5);
  });

  test("the scheduler's account is in nanoseconds", () => {
    expect(proc.parseScheduleStat('1500000000 7 9\n')).toBe(1.5);
  });

  test('memory is read in bytes, and not from a line with a similar name', () => {
    const status = 'XVmRSS:\t 1 kB\nVmHWM:\t  2048 kB\nVmRSS:\t  1024 kB\n';
    expect(proc.parseStatus(status)).toEqual({ resident: 1024 * 1024, peak: 2048 * 1024 });
  });

  test('a list of cores may contain ranges', () => {
    expect(proc.parseCpuList('0-2,5\n')).toEqual([0, 1, 2, 5]);
    expect(proc.parseCpuList('3')).toEqual([3]);
  });

  test('the work of cores is user, nice and system of the requested ones', () => {
    const text = 'cpu  999 999 999 9\ncpu0 100 50 50 900 7 0 8\ncpu1 10 0 0 0 0 0 0\ncpu11 300 0 0 0 0 0 0\n';
    expect(proc.parseCoreSeconds(text, [0, 1])).toEqual({ seconds: 2.1, cores: 2 });
    expect(proc.parseCoreSeconds(text).cores).toBe(3);
  });

  test('the fine account is used, unless a thread has ended and its share is missing', () => {
    const before = { ticks: 1, schedule: 1 };
    expect(proc.cpuBetween(before, { ticks: 1.01, schedule: 1.014 })).toBeCloseTo(0.014);
    expect(proc.cpuBetween(before, { ticks: 3, schedule: 2 })).toBe(2);
  });

  test('a measurement shows as disturbed if other processes worked, or the load stood still', () => {
    expect(isDisturbed({ othersShare: 0.05, stallMs: 350 })).toBe(false);
    expect(isDisturbed({ othersShare: 0.2, stallMs: 0 })).toBe(true);
    expect(isDisturbed({ othersShare: 0, stallMs: 10_000 })).toBe(true);
  });
});
