import type { IncomingHttpHeaders } from 'node:http';
import { ANTHROPIC_RESETS } from '../../../src/providers/errors/anthropic';
import { OPENAI_FORM_RESETS } from '../../../src/providers/errors/openai-form';
import { googleDelayMs, retryAfterMs } from '../../../src/providers/errors/retry-after';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const SECONDS = NOW / 1_000;
const RESETS = [...ANTHROPIC_RESETS, ...OPENAI_FORM_RESETS];

describe('retryAfterMs', () => {
  it.each<[IncomingHttpHeaders, number | undefined]>([
    [{ 'retry-after-ms': '1500', 'retry-after': '9' }, 1_500],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 23:59:00 GMT' }, 0],
    [{ 'retry-after': 'Wednesday, 31-Dec-25 23:59:00 GMT' }, 0],
    [{ 'retry-after': 'Thu Jan  1 00:00:30 2026 GMT' }, 30_000],
    [{ 'retry-after': '9999999' }, 86_400_000],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'in 5 s' }, undefined],
    [{ 'retry-after': '-5', 'x-ratelimit-reset': '90' }, 90_000],
    [{ 'x-ratelimit-reset-requests': '6ms', 'x-ratelimit-reset-tokens': '1m30.5s' }, 90_500],
    [
      {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2s',
        'x-ratelimit-remaining-tokens': '5',
        'x-ratelimit-reset-tokens': '6m0s',
      },
      2_000,
    ],
    [{ 'x-ratelimit-reset-requests': '1d2h' }, 86_400_000],
    [
      {
        'anthropic-ratelimit-requests-reset': '2026-01-01T00:00:10Z',
        'anthropic-ratelimit-tokens-reset': '2026-01-01T00:01:00Z',
      },
      60_000,
    ],
    [
      {
        'anthropic-ratelimit-input-tokens-remaining': '0',
        'anthropic-ratelimit-input-tokens-reset': '2026-01-01T00:00:05Z',
        'anthropic-ratelimit-requests-remaining': '9',
        'anthropic-ratelimit-requests-reset': '2026-01-01T01:00:00Z',
      },
      5_000,
    ],
    [
      { 'retry-after': 'soon', 'x-ratelimit-reset-tokens': 'never', 'anthropic-ratelimit-tokens-reset': 'x' },
      undefined,
    ],
    [{}, undefined],
    // Azure and Cerebras: seconds
    [{ 'x-ratelimit-reset-tokens': '12.5' }, 12_500],
    [
      {
        'x-ratelimit-remaining-requests-day': '0',
        'x-ratelimit-reset-requests-day': '33011.25',
        'x-ratelimit-remaining-tokens-minute': '60000',
        'x-ratelimit-reset-tokens-minute': '11.4',
      },
      33_011_250,
    ],
    // OpenRouter: milliseconds since 1970; others: seconds, since then or from now
    [{ 'x-ratelimit-reset': String(NOW + 90_000) }, 90_000],
    [{ 'x-ratelimit-reset': String(SECONDS + 90) }, 90_000],
    [{ 'x-ratelimit-reset': '90' }, 90_000],
    [{ 'x-ratelimit-reset': '1m30s' }, 90_000],
    [{ 'x-ratelimit-reset': String(NOW - 1) }, 0],
    [{ 'x-ratelimit-reset': '9'.repeat(400) }, 86_400_000],
    [{ 'x-ratelimit-reset': '-5' }, undefined],
    [{ 'retry-after': '3', 'x-ratelimit-reset': '90' }, 3_000],
    // Anthropic's subscriptions
    [{ 'anthropic-ratelimit-unified-reset': String(SECONDS + 7_200) }, 7_200_000],
    [
      {
        'anthropic-ratelimit-unified-status': 'rejected',
        'anthropic-ratelimit-unified-reset': String(SECONDS + 7_200),
        'retry-after': '5',
      },
      7_200_000,
    ],
    [
      {
        'anthropic-ratelimit-unified-status': 'allowed',
        'anthropic-ratelimit-unified-reset': String(SECONDS + 7_200),
        'retry-after': '5',
      },
      5_000,
    ],
    [{ 'anthropic-ratelimit-unified-reset': String(SECONDS + 7 * 86_400) }, 86_400_000],
    [{ 'anthropic-ratelimit-unified-reset': 'soon' }, undefined],
    [
      {
        'anthropic-ratelimit-unified-reset': String(SECONDS + 60),
        'anthropic-ratelimit-tokens-reset': '2026-01-01T01:00:00Z',
      },
      60_000,
    ],
  ])('of %j is %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW, RESETS)).toBe(expected);
  });

  it('takes time in proportion to the length of a header, for any content', () => {
    const took = (length: number) => {
      const values = ['1'.repeat(length), `${'1m'.repeat(length / 2)}x`, `${'1.'.repeat(length / 2)}s`];
      const once = () => {
        const start = process.hrtime.bigint();
        for (const value of values) retryAfterMs({ 'x-ratelimit-reset-tokens': value }, NOW, RESETS);
        return Number(process.hrtime.bigint() - start);
      };
      // The shortest of several: whatever else the machine does makes it only longer.
      return Math.min(...Array.from({ length: 20 }, once));
    };
    took(8 * 1_024); // compiled
    const ratio = took(128 * 1_024) / took(8 * 1_024);
    expect(ratio).toBeLessThan(80); // 16 if linear, 256 if quadratic
  });
});

describe('googleDelayMs', () => {
  it.each([
    ['38s', 38_000],
    ['0.5s', 500],
    ['0s', 0],
    ['-1s', 0],
    ['9999999s', 86_400_000],
    ['38', undefined],
    ['s', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('of %j is %s', (delay, expected) => {
    expect(googleDelayMs(delay)).toBe(expected);
  });
});
