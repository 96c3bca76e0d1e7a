import { estimate, needsOf, type Inputs } from '../../../scripts/bench/cost/cost';
import { costSection } from '../../../scripts/bench/cost/render';

const INPUTS: Inputs = {
  chat: { promptBytes: 10_000, chunks: 100, seconds: 10, responseBytes: 80_000, overheadBytes: 10_000 },
  prices: {
    perGigabyteSecond: { value: 0.00002 },
    perRequest: { value: 0.000_000_2 },
    perOutboundGigabyte: { value: 0.1 },
  },
  figures: {
    measured: '2026-01-01',
    cpuMicrosPerRequest: 1_000,
    cpuMicrosPerChunk: 90,
    residentMegabytes: 50,
    residentMegabytesPerStream: 0.1,
  },
  assumptions: { coresPerGigabyte: 1, usableMemory: 1, usableCpu: 1 },
};

describe('the estimate of cost', () => {
  it('is the instance time, the requests and the traffic', () => {
    const { bill } = enough(estimate(1_000_000, { memoryMegabytes: 128, streams: 1 }, INPUTS));
    expect(bill.memory).toBeCloseTo(25); // 10,000,000 s × 1/8 GB
    expect(bill.requests).toBeCloseTo(0.2);
    expect(bill.traffic).toBeCloseTo(10); // 100 GB
    expect(bill.total).toBeCloseTo(35.2);
  });

  it('divides the time of an instance among its open streams', () => {
    const { bill } = enough(estimate(1_000_000, { memoryMegabytes: 128, streams: 10 }, INPUTS));
    expect(bill.memory).toBeCloseTo(2.5);
    expect(bill.total).toBeCloseTo(12.7);
  });

  it('names what is too small instead of a price', () => {
    const at = (memoryMegabytes: number, streams: number) => {
      const estimated = estimate(1, { memoryMegabytes, streams }, INPUTS);
      return estimated.enough ? [] : estimated.lacking;
    };
    expect(at(64, 200)).toEqual(['memory', 'CPU']);
    expect(at(49, 1)).toEqual(['memory']);
    expect(at(128, 200)).toEqual(['CPU']);
    expect(at(256, 200)).toEqual([]);
  });

  it('keeps a share of memory and CPU free', () => {
    const assumptions = { ...INPUTS.assumptions, usableMemory: 0.5 };
    expect(estimate(1, { memoryMegabytes: 64, streams: 1 }, { ...INPUTS, assumptions }).enough).toBe(false);
  });

  it('contains what a number of streams needs', () => {
    expect(needsOf(100, INPUTS.chat, INPUTS.figures)).toEqual({ residentMegabytes: 60, cores: 0.1 });
  });
});

describe('the section on cost', () => {
  it('has a row for each memory size and number of streams', () => {
    const rows = costSection()
      .split('\n')
      .filter((line) => /^\| \d+ MB/.test(line));
    expect(rows).toHaveLength(9);
  });

  it('has its sources and its assumptions', () => {
    expect(costSection()).toMatch(/https:\/\/www\.tencentcloud\.com\/document\/product\/583/);
    expect(costSection()).toContain('Assumed');
  });
});

type Enough = Extract<ReturnType<typeof estimate>, { enough: true }>;

function enough(estimated: ReturnType<typeof estimate>): Enough {
  if (!estimated.enough) throw new Error(`lacks ${estimated.lacking.join(' and ')}`);
  return estimated;
}
