import { failureInEvent } from '../../../src/providers/errors/in-event';
import { BUILT_IN } from '../../../src/providers/registry';
import {
  classifyParsed,
  classifyResponse,
  type Classified,
} from '../../../src/proxy/failover/classify-response';
import { expectSame, expectThat, nested, type Target } from '../target';

const NOW_MS = Date.UTC(2026, 0, 15);
const FACTS = { method: 'POST', path: '/v1/chat/completions', model: 'm' };
const STATUSES = [200, 400, 401, 402, 403, 404, 408, 413, 429, 500, 503, 529];

export const errorBody: Target<readonly Classified[]> = {
  name: 'error-body',
  about: 'classifyResponse, failureInEvent, for three providers; waits are times',
  corpus: [
    '{"error":{"message":"Rate limit reached for m. Please try again in 20s.","type":"requests","code":"rate_limit_exceeded"}}',
    '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded","details":{"error_code":"x"}}}',
    '[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"reason":"RATE_LIMIT_EXCEEDED","retryDelay":"38s","violations":[{"quotaId":"PerDay"}]}]}}]',
    '{"type":"response.failed","response":{"error":{"code":"insufficient_quota"}}}',
    '{"error":{"code":402,"metadata":{"limit_source":"key","resets_at":"2026-02-01T00:00:00Z","headers":{"X-RateLimit-Reset":"1768435200000"}}}}',
    `{"error":{"code":"slow_down","details":${nested(14_000)}}}`,
  ],
  words: [
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      'null',
      '"error":',
      '"code":',
      '"type":',
      '"message":',
      '"details":',
      '"metadata":',
      '1e999',
    ],
    ...[
      '"429"',
      '"insufficient_quota"',
      'try again in 1e9s',
      'try again in 9999999999d',
      '"retryDelay":"-1s"',
      '"resets_at":"9999"',
      '"failed"',
    ],
  ],
  maxLength: 32 * 1_024,
  share: 0.5,
  subject(input, random) {
    const status = random.of(STATUSES);
    const headers = random.once(3) ? { 'retry-after': input.slice(0, 40) } : {};
    const body = parsed(input);
    const providers = [random.of(BUILT_IN), random.of(BUILT_IN), random.of(BUILT_IN)];
    return providers.flatMap((provider) => {
      const context = { provider, facts: FACTS, now: () => NOW_MS };
      const failure = failureInEvent(body);
      return [
        classifyResponse({ status, headers, text: input }, context),
        ...(failure
          ? [classifyParsed({ status: failure.status, headers: {}, body: failure.body }, context)]
          : []),
      ];
    });
  },
  compare(_input, all) {
    for (const { classification } of all) {
      const waitMs = 'retryAfterMs' in classification ? classification.retryAfterMs : undefined;
      const untilMs = 'untilMs' in classification ? classification.untilMs : undefined;
      if (waitMs !== undefined) expectThat('the wait is a time', Number.isFinite(waitMs) && waitMs >= 0);
      if (untilMs !== undefined) expectSame('whether its end is a time', Number.isFinite(untilMs), true);
    }
  },
};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
