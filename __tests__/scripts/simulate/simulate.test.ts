import { MODEL } from '../../../scripts/simulate/model';
import { simulationReport } from '../../../scripts/simulate/report';
import { simulate } from '../../../scripts/simulate/simulate';

const run = (clients: number, redis = false, change: Partial<Record<keyof typeof MODEL, number>> = {}) =>
  simulate({ ...MODEL, ...change } as typeof MODEL, { clients, redis, seconds: 1_200, seed: 7 });

describe('simulate', () => {
  it('gives the same for the same seed', () => {
    expect(run(50)).toEqual(run(50));
  });

  it('has each client chat once in the time that a chat and a pause take', () => {
    const { chatsPerSecond, streams } = run(500);
    expect(chatsPerSecond).toBeCloseTo(500 / (MODEL.chat.seconds + MODEL.thinkSeconds), 0);
    // Little's law, with the token that asks without end beside them.
    const ofTheToken = (MODEL.runaway.rpm / 60) * MODEL.runaway.seconds;
    expect(Math.abs(streams / (chatsPerSecond * MODEL.chat.seconds + ofTheToken) - 1)).toBeLessThan(0.1);
  });

  it('starts another instance only if none has room', () => {
    expect(run(100).instances).toBe(1);
    expect(run(1_000).instances).toBeGreaterThan(2);
    expect(run(1_000, false, { maxConcurrency: 1_000 }).instances).toBe(1);
  });

  it('lets a token have its limit in each instance, and once with Redis', () => {
    const { instances, overshoot } = run(1_000);
    expect(overshoot).toBeGreaterThan(2);
    expect(overshoot).toBeLessThanOrEqual(instances);
    expect(run(1_000, true).overshoot).toBeCloseTo(1, 1);
  });

  it('charges an instance for the time in which it has a request, however many', () => {
    const gigabyteHour = (MODEL.memoryMegabytes / 1_024) * MODEL.prices.perGigabyteSecond.value * 3_600;
    expect(run(100).usdPerHour.memory).toBeCloseTo(gigabyteHour, 5);
  });
});

describe('simulationReport', () => {
  it('says what gives out, and what to do then', () => {
    const report = simulationReport(MODEL, [{ alone: run(1_000), sharing: run(1_000, true) }]);
    expect(report).toContain('| 1,000 | 17 |');
    for (const about of ['CPU', 'Quota', 'Redis', 'Limits without Redis', 'Money', 'Cold starts']) {
      expect(report).toContain(`**${about}**`);
    }
  });
});
