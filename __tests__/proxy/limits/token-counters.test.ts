import { TokenCounters } from '../../../src/proxy/limits/token-counters';

function counters() {
  const clock = { ms: 500_000 };
  return { clock, counters: new TokenCounters(() => clock.ms) };
}

/** How many of `count` requests that begin now pass. */
function passed(
  tokens: TokenCounters,
  count: number,
  limits: Parameters<TokenCounters['begin']>[1],
  id = 'mum',
): number {
  let passing = 0;
  for (let at = 0; at < count; at++) if (!tokens.begin(id, limits)) passing++;
  return passing;
}

describe('TokenCounters', () => {
  it('lets exactly as many requests of a minute pass as the limit says', () => {
    const { counters: tokens } = counters();
    expect(passed(tokens, 1_000, { requestsPerMinute: 100 })).toBe(100);
  });

  it('never lets more than the limit pass in any 60 seconds, whenever they come', () => {
    const { clock, counters: tokens } = counters();
    const times: number[] = [];
    for (let step = 0; step < 4_000; step++) {
      clock.ms += (step * 7_919) % 400;
      if (!tokens.begin('mum', { requestsPerMinute: 10 })) times.push(clock.ms);
    }
    for (const [at, ms] of times.entries())
      expect((times[at + 10] ?? Infinity) - ms).toBeGreaterThanOrEqual(60_000);
    expect(times.length).toBeGreaterThan(90);
  });

  it('says when the next request may come, which then passes', () => {
    const { clock, counters: tokens } = counters();
    passed(tokens, 5, { requestsPerMinute: 5 });
    clock.ms += 20_300;
    const excess = tokens.begin('mum', { requestsPerMinute: 5 });
    expect(excess).toMatchObject({ kind: 'requests-per-minute', limit: 5 });
    clock.ms += (excess?.retryAfterMs ?? 0) - 1;
    expect(tokens.begin('mum', { requestsPerMinute: 5 })).toBeDefined();
    clock.ms += 1;
    expect(tokens.begin('mum', { requestsPerMinute: 5 })).toBeUndefined();
  });

  it('counts only the requests that run at the same time', () => {
    const { counters: tokens } = counters();
    expect(passed(tokens, 10, { concurrency: 3 })).toBe(3);
    tokens.end('mum');
    expect(passed(tokens, 10, { concurrency: 3 })).toBe(1);
    expect(tokens.begin('mum', { concurrency: 3 })).toMatchObject({
      kind: 'concurrency',
      limit: 3,
      retryAfterMs: 1_000,
    });
  });

  it('does not count a request that it refused', () => {
    const { clock, counters: tokens } = counters();
    passed(tokens, 50, { requestsPerMinute: 2, concurrency: 1 });
    tokens.end('mum');
    clock.ms += 61_000;
    expect(passed(tokens, 5, { requestsPerMinute: 2, concurrency: 5 })).toBe(2);
  });

  it('counts each token by itself', () => {
    const { counters: tokens } = counters();
    expect(passed(tokens, 5, { concurrency: 1 }, 'mum')).toBe(1);
    expect(passed(tokens, 5, { concurrency: 1 }, 'dad')).toBe(1);
    tokens.end('nobody');
  });

  it('forgets unused tokens beyond ten thousand, and never one whose requests run', () => {
    const { counters: tokens } = counters();
    expect(tokens.begin('mum', { concurrency: 1 })).toBeUndefined();
    expect(tokens.begin('dad', { requestsPerMinute: 1 })).toBeUndefined();
    tokens.end('dad');
    for (let at = 0; at < 10_001; at++) {
      tokens.begin(`token-${at}`, { concurrency: 1 });
      tokens.end(`token-${at}`);
    }
    expect(tokens.begin('mum', { concurrency: 1 })).toMatchObject({ kind: 'concurrency' });
    expect(tokens.begin('dad', { requestsPerMinute: 1 })).toBeUndefined();
  });
});
