import { chargeOf } from '../../src/books/charge';
import type { EndedRequest } from '../../src/books/ended-request';
import { NO_USAGE } from '../../src/meter/usage';
import { METERED } from '../helpers/metered';

const usage = METERED.usage ?? NO_USAGE;
const part = (model: string | undefined) => ({ model, usage, responses: 1 });
const ended = (...parts: ReturnType<typeof part>[]): EndedRequest => ({
  ...{ atMs: Date.parse('2026-11-29T00:00:00Z'), token: undefined, provider: 'openai', model: 'gpt-5-mini' },
  metering: { ...METERED, model: 'gpt-4o-mini', parts },
  ...{ knownNanoUsd: undefined, isError: false, firstTokenMs: undefined },
});

describe('what a WebSocket of several models costs', () => {
  it('is the sum of what each of them costs, of one that is not named by what was asked for', () => {
    const both = chargeOf(ended(part('gpt-4o-mini'), part(undefined)), undefined);
    expect(both).toBe(450_000 + 1_250_000);
  });

  it('is not known if one of them has no price', () => {
    expect(chargeOf(ended(part('gpt-5-mini'), part('nobody-knows-it')), undefined)).toBeUndefined();
    expect(chargeOf(ended(part('nobody-knows-it'), part('gpt-5-mini')), undefined)).toBeUndefined();
  });
});
