import fc from 'fast-check';
import { compatible } from '../../../src/providers/compatible';
import { classifyError } from '../../../src/providers/errors/classify';
import { RELAYED_ERRORS } from '../../../src/providers/errors/compatible';
import { OPENAI_FORM_ERRORS } from '../../../src/providers/errors/openai-form';
import type { Provider } from '../../../src/providers/provider';
import { BUILT_IN } from '../../../src/providers/registry';
import { ANTHROPIC_ROWS } from './rows/anthropic';
import { COMPATIBLE_ROWS } from './rows/compatible';
import { DECOY_ROWS } from './rows/decoys';
import { GEMINI_ROWS } from './rows/gemini';
import { KNOWN_ROWS } from './rows/known';
import { OPENAI_ROWS } from './rows/openai';
import { NOW, type Row } from './rows/row';

const CHAT = '/v1/chat/completions';

/** A provider of the house, or one of the user's own. */
function named(name: string): Provider {
  return BUILT_IN.find((provider) => provider.name === name) ?? compatible({ name, upstream: undefined });
}

function classify({ provider, status, body, headers = {}, path = CHAT }: Row) {
  const request = { method: 'POST', path, model: 'm' };
  return classifyError(named(provider), { status, headers, body, request, nowMs: NOW });
}

describe.each([
  ['OpenAI', OPENAI_ROWS],
  ['Anthropic', ANTHROPIC_ROWS],
  ['Google', GEMINI_ROWS],
  ['compatible providers and relays', COMPATIBLE_ROWS],
  ['anybody whose code or message is known', KNOWN_ROWS],
])('an error response of %s', (_of, rows) => {
  it.each(rows)('is $want.kind ($provider, $status): $says', (row) => {
    const { classification, code } = classify(row);
    expect(classification).toEqual(row.want);
    if (row.code !== undefined) expect(code).toBe(row.code);
  });
});

describe('what a client can put into an error response', () => {
  it.each(DECOY_ROWS)('says nothing of the key ($provider, $status): $says', (row) => {
    expect(classify(row).classification).toEqual(row.want);
  });
});

describe('any JSON at all', () => {
  it('has a classification, which is ok with 400', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...BUILT_IN, named('mine')), (body, { name: provider }) => {
        expect(
          classify({ provider, status: 400, says: '', body, want: { kind: 'ok' } }).classification,
        ).toEqual({
          kind: 'ok',
        });
      }),
    );
  });
});

describe('the code on the log line', () => {
  const codeOf = (error: unknown, status = 400) =>
    classify({ provider: 'mine', status, says: '', body: { error }, want: { kind: 'ok' } }).code;

  it('is the code if there is one, else the type, else the status that the body repeats', () => {
    expect(codeOf({ code: 'new_one', type: 'server_error' })).toBe('new_one');
    expect(codeOf({ code: null, type: 'server_error' })).toBe('server_error');
    expect(codeOf({ code: 400, type: 'server_error' })).toBe('server_error');
    expect(codeOf({ code: 400 })).toBe('400');
  });

  it('is never a text, nor anything that does not fit on a line', () => {
    expect(codeOf({ code: 'two words' })).toBeUndefined();
    expect(codeOf({ code: 'a\nline' })).toBeUndefined();
    expect(codeOf({ code: 'x'.repeat(65) })).toBeUndefined();
    expect(codeOf('no code')).toBeUndefined();
    expect(codeOf(undefined)).toBeUndefined();
  });
});

describe('every rule', () => {
  const rules = [
    ...BUILT_IN.flatMap(({ errorRules = [] }) => errorRules),
    ...RELAYED_ERRORS,
    ...OPENAI_FORM_ERRORS,
  ];

  it('that reads a message is anchored at its beginning and has no unbounded repetition', () => {
    const patterns = rules.flatMap(({ message }) => (message ? [message] : []));
    expect(patterns.length).toBeGreaterThan(20);
    for (const { source, flags } of patterns) {
      expect(source).toMatch(/^\^/);
      expect(source.replace(/\\./g, '')).not.toMatch(/[*+]|,\}/);
      expect(flags).not.toMatch(/[gm]/);
    }
  });

  it('that judges a 400 by a message requires a code as well, except for providers whose 400s are known', () => {
    const bare = [...RELAYED_ERRORS, ...OPENAI_FORM_ERRORS].filter(
      ({ status, codes, message, kind }) =>
        message && !codes && (!status || status.includes(400)) && kind !== 'ok',
    );
    expect(bare).toEqual([]);
  });
});
