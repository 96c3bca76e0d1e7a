import type { Redis } from 'ioredis';
import { openTable, sealTable, type PushedTable } from '../../../src/config/pushed-table';
import { revocationOf } from '../../../src/config/parsers/secrets';
import { parseCoolDown } from '../../../src/proxy/keys/parse-cool-down';
import type { CoolDown } from '../../../src/proxy/keys/key-health';
import { readReservation, readState } from '../../../src/redis/limit-replies';
import { readUse } from '../../../src/redis/use/read-use';
import { expectSame, expectThat, type Target } from '../target';

const NOW_MS = Date.UTC(2026, 0, 15);
const JSON_WORDS = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  'null',
  'true',
  '-1',
  '1e999',
  '9007199254740993',
  '0.5',
  '"',
  '\\',
  '\\u0000',
];

export const coolDown: Target<CoolDown | undefined> = {
  name: 'cool-down',
  about: 'parseCoolDown of what other instances publish; the bounds one by one',
  corpus: [
    '{"pool":"openai","fingerprint":"0123456789abcdef","model":"gpt-5-mini","reason":"rate-limited","untilMs":1768435200000,"strikes":3}',
    '{"pool":"a","fingerprint":"ffffffffffffffff","model":"","reason":"budget-spent","untilMs":1770000000000,"strikes":0,"spentNanoUsd":5}',
    '["pool"]',
  ],
  words: [
    ...JSON_WORDS,
    '"invalid"',
    '"out-of-credit"',
    '"reason":',
    '"__proto__":',
    '"untilMs":',
    '"strikes":1e3',
    'x'.repeat(300),
  ],
  maxLength: 8_192,
  subject: (input) => parseCoolDown(input, NOW_MS),
  compare(input, result) {
    if (!result) return;
    expectThat('the text is short', input.length <= 2_048);
    const { pool, fingerprint, model, reason, untilMs, strikes } = result;
    const wrote = JSON.parse(input) as Record<string, unknown>;
    expectSame(
      'what is copied',
      [pool, fingerprint, reason],
      [wrote['pool'], wrote['fingerprint'], wrote['reason']],
    );
    expectThat(
      'the key is named',
      /^[0-9a-f]{16}$/.test(fingerprint) && pool.length <= 64 && Buffer.byteLength(model) <= 301,
    );
    expectThat('the strikes are few', strikes >= 0 && strikes <= 100);
    if (reason !== 'budget-spent')
      expectThat('the time is near', untilMs >= 0 && untilMs <= NOW_MS + 86_400_000);
  },
};

const LIMITS = {
  requestsPerMinute: 5,
  concurrency: 2,
  tokensPerMinute: 100,
  money: { nanoUsd: 5e9, period: 'day' as const },
};

export const limitReplies: Target<readonly unknown[]> = {
  name: 'limit-replies',
  about: 'readReservation, readState, revocationOf; their bounds',
  corpus: [
    '[1,500]',
    '[4,86400000]',
    '[3,4,1,5000000000,0,1768435200000]',
    '[0,0]',
    '"mum~t5k2x9"',
    '"before:2026-11-29T12:00:00Z"',
  ],
  words: [...JSON_WORDS, '1', '2', '5', '6', 'before:', '~t', 'zzzzzzzz', '1e308'],
  maxLength: 2_048,
  subject(input) {
    const reply = parsed(input);
    return [
      readReservation(reply, LIMITS),
      readState(reply, LIMITS),
      revocationOf(typeof reply === 'string' ? reply : input),
    ];
  },
  compare(_input, [excess, states]) {
    const { retryAfterMs } = (excess ?? {}) as { retryAfterMs?: number };
    if (retryAfterMs !== undefined)
      expectThat('the wait has a bound', retryAfterMs >= 1 && retryAfterMs <= 31 * 86_400_000);
    for (const state of (states ?? []) as readonly { used: number; left: number; resetsAtMs?: number }[]) {
      expectThat('counts are at least 0', state.used >= 0 && state.left >= 0);
      if (state.resetsAtMs !== undefined)
        expectThat('the time is one', !Number.isNaN(new Date(state.resetsAtMs).getTime()));
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

export const sharedUse: Target = {
  name: 'shared-use',
  about: 'readUse of what is in Redis; every figure is a number, and the page JSON',
  corpus: [
    'token:ann\n["openai","gpt-5-mini"]\nrequests=3 errors=1 input_tokens=20 output_tokens=5 nano_usd=1200 priced=3\nother\nrequests=1',
    'no-token\n[null,null]\nrequests=9007199254740991 partial_nano_usd=1e20 audio_seconds=0.5',
    'other\nother\nrequests=1\nrows\n17',
  ],
  words: [
    '\n',
    '=',
    ' ',
    'requests=',
    'errors=',
    'NaN',
    'Infinity',
    '-1',
    '1e400',
    '["a","b"]',
    '[null,"x"]',
    'token:',
    'rows',
    'other',
    'no-token',
    '0x10',
    '__proto__=1',
  ],
  maxLength: 8_192,
  share: 0.5,
  async subject(input) {
    const use = await readUse(clientOf(input), { fromDay: 20_468 }, NOW_MS);
    return use.rows();
  },
  compare(_input, rows) {
    const text = JSON.stringify(rows, (_key, value: unknown) => {
      if (typeof value === 'number') expectThat('a figure is a number', Number.isFinite(value));
      return value;
    });
    expectThat('rows are few', text.length < 10_000_000);
  },
};

/** A Redis each of whose hashes has the lines of a text. */
function clientOf(text: string): Redis {
  // The fields of a hash are there once each.
  const lines = text.split('\n');
  const hash = new Map(
    lines.flatMap((name, at) => (at % 2 === 0 ? [[name, lines[at + 1] ?? ''] as const] : [])),
  );
  const fields = [...hash].flat();
  return {
    get: () => Promise.resolve(fields[1] ?? null),
    pipeline() {
      const replies: unknown[] = [];
      return {
        hscan: () => replies.push([null, ['0', fields]]),
        exec: () => Promise.resolve(replies),
      };
    },
  } as unknown as Redis;
}

const SECRET = 'a-config-secret-of-enough-characters';
const SEALED = sealTable(
  { variables: { ACCESS_TOKENS: 'ann:x' }, packages: ['p'], pushedMs: NOW_MS },
  SECRET,
);

export const pushedTable: Target<PushedTable | undefined> = {
  name: 'pushed-table',
  about: 'openTable of a changed table; only the one that was sealed is opened',
  corpus: [SEALED, SEALED.slice(0, 40), ''],
  words: ['A', '_', '-', '=', '+', '/', 'AAAA'],
  maxLength: 4_096,
  share: 0.5,
  subject: (input) => openTable(input, SECRET),
  compare(input, table) {
    const isSame = Buffer.from(input, 'base64url').equals(Buffer.from(SEALED, 'base64url'));
    expectSame('whether it is opened', table !== undefined, isSame);
  },
};
