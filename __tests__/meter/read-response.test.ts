import { Tap } from '../../src/meter/tap';
import { meteringOf } from '../../src/meter/read-response';
import { NO_USAGE, type Metering } from '../../src/meter/usage';
import { DONE, RECORDED, events, namedEvents, type Recorded } from './recorded';
import { RECORDED_MEDIA } from './recorded-media';
import { RECORDED_NEIGHBOURS } from './recorded-neighbours';

const ALL_RECORDED = [...RECORDED, ...RECORDED_NEIGHBOURS, ...RECORDED_MEDIA];

const SIZES = [...Array.from({ length: 64 }, (_, at) => at + 1), 1_000, 4_096, 100_000];

function meter(recorded: Omit<Recorded, 'name'>, size = 100_000): Metering {
  const { isEventStream = false, isCut = false } = recorded;
  const tap = new Tap({ isEventStream });
  const bytes = Buffer.from(recorded.body);
  for (let at = 0; at < bytes.length; at += size) tap.push(bytes.subarray(at, at + size));
  const { makesImages = false, traits } = recorded;
  const metering = meteringOf(tap.kept(), { isEventStream, isComplete: !isCut, makesImages, traits });
  tap.release();
  if (!metering) throw new Error('it is an error response');
  return metering;
}

function expected({ class: is = 'metered', model, usage, costUsd }: Recorded): Metering {
  return { class: is, model, usage: usage && { ...NO_USAGE, ...usage }, costUsd };
}

describe('The usage of a recorded response', () => {
  it.each(ALL_RECORDED)('is read from $name, however it is cut into chunks', (recorded) => {
    for (const size of SIZES) expect([size, meter(recorded, size)]).toEqual([size, expected(recorded)]);
  });

  it.each(ALL_RECORDED.filter(({ isCut = false, class: is }) => !isCut && is === undefined))(
    'is never another figure where $name is cut anywhere',
    (recorded) => {
      const whole = expected(recorded);
      for (let length = 0; length < recorded.body.length; length += 7) {
        const metering = meter({ ...recorded, body: recorded.body.slice(0, length), isCut: true });
        if (metering.class === 'metered') expect(metering).toEqual(whole);
        else expect(metering.class).toBe('partial');
      }
    },
  );
});

const filler = (length: number) => 'say \\"usage\\": {"prompt_tokens": 1} '.repeat(length / 36);
const USAGE = { prompt_tokens: 11, completion_tokens: 22, total_tokens: 33 };

describe('The usage of a long response', () => {
  it.each([
    ['after a long text', { model: 'm', choices: [{ message: { content: filler(200_000) } }], usage: USAGE }],
    ['before the model', { choices: [{ message: { content: filler(200_000) } }], usage: USAGE, model: 'm' }],
    ['after many numbers', { data: Array.from({ length: 50_000 }, () => 0.125), model: 'm', usage: USAGE }],
    [
      'before some KB',
      { model: 'm', data: filler(90_000), usage: USAGE, metadata: { note: filler(20_000) } },
    ],
  ])('is found %s', (_place, document) => {
    for (const size of [1_000, 4_097, 1e6]) {
      const metering = meter({ body: JSON.stringify(document) }, size);
      expect(metering).toMatchObject({ class: 'metered', model: 'm', usage: { input: 11, output: 22 } });
    }
  });

  it.each([
    ['outside of what is kept', { usage: USAGE, text: filler(90_000) }],
    ['in a tool’s arguments', { text: filler(90_000), tool: { usage: USAGE } }],
    ['in a list', { text: filler(90_000), list: [{ usage: USAGE }] }],
    ['in a text', { text: `${filler(90_000)}","usage":${JSON.stringify(USAGE)},"x":"` }],
    [
      'in a text that ends with backslashes',
      { text: `${filler(90_000)}\\\\"`, note: '\\","usage":{"prompt_tokens":1}' },
    ],
  ])('is not told if it stands %s', (_place, document) => {
    expect(meter({ body: JSON.stringify(document) })).toMatchObject({ class: 'unmetered', usage: undefined });
  });

  it('is that of the last element of a list', () => {
    const element = (text: string, promptTokenCount: number) => ({
      candidates: [{ content: { parts: [{ text }] } }],
      usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount },
      modelVersion: 'gemini',
    });
    for (const last of ['b', filler(90_000)]) {
      const body = JSON.stringify([element(filler(90_000), 5), element(last, 6)]);
      expect(meter({ body })).toMatchObject({
        class: 'metered',
        model: 'gemini',
        usage: { input: 6, output: 0 },
      });
    }
  });

  const completed = (more: object) => ({
    type: 'response.completed',
    ...{ response: { model: 'm', output: [{ text: filler(90_000) }], ...more } },
  });
  const created = { type: 'response.created', ...{ response: { model: 'm', usage: null } } };
  const RESPONSE_USAGE = { input_tokens: 11, output_tokens: 22, total_tokens: 33 };

  it.each([
    ['a response', [created, completed({ usage: RESPONSE_USAGE, metadata: { note: filler(9_000) } })]],
    [
      'an image',
      [{ type: 'image_generation.completed', ...{ b64_json: 'A'.repeat(90_000), usage: RESPONSE_USAGE } }],
    ],
  ])('is found in the last event of %s that is longer than what is kept', (_what, documents) => {
    for (const size of [100, 4_096, 1e6]) {
      const metering = meter({ body: namedEvents(documents), isEventStream: true }, size);
      expect(metering).toMatchObject({ class: 'metered', usage: { input: 11, output: 22 } });
    }
  });

  it.each([
    ['its metadata', [created, completed({ metadata: { usage: RESPONSE_USAGE } })]],
    [
      'an object of another stream',
      [{ type: 'other', ...{ response: {} } }, completed({ usage: RESPONSE_USAGE })],
    ],
    ['an event that is not the last', [created, completed({ usage: RESPONSE_USAGE }), { type: 'later' }]],
  ])('is not told by the end of an event if it stands in %s', (_what, documents) => {
    expect(meter({ body: namedEvents(documents), isEventStream: true })).toMatchObject({
      class: 'unmetered',
    });
  });

  it('is not read from the end of an event that is itself cut', () => {
    const body = `data: {"text":"${'x'.repeat(90_000)}","inner":{"usage":${JSON.stringify(USAGE)}}`;
    for (const isCut of [true, false]) {
      expect(meter({ body, isEventStream: true, isCut }).usage).toBeUndefined();
    }
  });

  it('is found behind many events, with what Anthropic told at the start', () => {
    const body = namedEvents([
      {
        type: 'message_start',
        ...{
          message: { model: 'm', usage: { input_tokens: 5, cache_read_input_tokens: 6, output_tokens: 1 } },
        },
      },
      ...Array.from({ length: 2_000 }, () => ({
        type: 'content_block_delta',
        ...{ delta: { text: '"usage":{"output_tokens":1}' } },
      })),
      { type: 'message_delta', ...{ usage: { output_tokens: 22 } } },
      { type: 'message_stop' },
    ]);
    for (const size of [13, 4_096, 1e6]) {
      expect(meter({ body, isEventStream: true }, size)).toEqual({
        class: 'metered',
        model: 'm',
        usage: { ...NO_USAGE, input: 11, cachedInput: 6, output: 22 },
        costUsd: undefined,
      });
    }
  });
});

describe('A usage that stands in an unusual place', () => {
  const OTHER = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
  it.each<[string, unknown, string]>([
    ['before others of its name in inner objects', { model: 'm', usage: USAGE, x: { usage: OTHER } }, 'm'],
    [
      'behind a text that quotes it',
      { model: 'm', text: `"usage":${JSON.stringify(OTHER)}}`, usage: USAGE },
      'm',
    ],
    ['behind a name that ends like it', { model: 'm', usage: USAGE, 'the "usage': OTHER }, 'm'],
    ['behind a model in an inner object', { x: { model: 'n', usage: OTHER }, model: 'm', usage: USAGE }, 'm'],
    ['behind a name that ends like the model', { 'a "model': 'n', model: 'm', usage: USAGE }, 'm'],
    ['before the model', { usage: USAGE, x: [], model: 'm' }, 'm'],
    ['behind a model with a quote', { model: 'a"m', usage: USAGE }, 'a"m'],
    ['before an empty one of another format', { model: 'm', usage: USAGE, usageMetadata: null }, 'm'],
    ['behind a model that is none', { model: 5, modelVersion: 'm', usage: USAGE }, 'm'],
  ])('is found: %s', (_, body, model) => {
    for (const space of [undefined, 1]) {
      const expectedUsage = { ...NO_USAGE, input: 11, output: 22 };
      expect(meter({ body: JSON.stringify(body, undefined, space) })).toEqual({
        class: 'metered',
        model,
        usage: expectedUsage,
        costUsd: undefined,
      });
    }
  });
});

describe('A usage that cannot be', () => {
  it.each([
    [null],
    ['text'],
    [[]],
    [{}],
    [[USAGE]],
    [{ prompt_tokens: null, completion_tokens: null }],
    [{ prompt_tokens: '5', completion_tokens: 1 }],
    [{ prompt_tokens: 5, completion_tokens: -1 }],
    [{ prompt_tokens: 5.5, completion_tokens: 1 }],
    [{ prompt_tokens: 1e18, completion_tokens: 1 }],
    [{ prompt_tokens: 5, completion_tokens: 1, total_tokens: 1e300 }],
    [{ prompt_tokens: 5, completion_tokens: { usage: USAGE } }],
    [{ prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } }],
    [{ prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: '1' } }],
    [{ input_tokens: 5, output_tokens: 1, cache_read_input_tokens: -4 }],
    [{ usage: USAGE }],
    [{ type: 'duration', seconds: -3 }],
  ])('is none: %j', (usage) => {
    const none = { class: 'unmetered', model: 'm', usage: undefined, costUsd: undefined };
    const traits = { cost: { member: 'cost', perUsd: 1 } };
    expect(meter({ body: JSON.stringify({ model: 'm', usage }), traits })).toEqual(none);
    expect(
      meter({ body: events([{ model: 'm', usage }], { last: DONE }), isEventStream: true, traits }),
    ).toEqual(none);
  });

  it.each([-1, 1e300, '5', null])('is none of its price: %j', (cost) => {
    const body = JSON.stringify({ usage: { ...USAGE, cost } });
    expect(meter({ body, traits: { cost: { member: 'cost', perUsd: 1 } } })).toMatchObject({
      class: 'metered',
      costUsd: undefined,
    });
  });

  it('leaves out the part of the output that is larger than the output', () => {
    const body = JSON.stringify({ usage: { ...USAGE, completion_tokens_details: { reasoning_tokens: 23 } } });
    expect(meter({ body }).usage).toEqual({ ...NO_USAGE, input: 11, output: 22 });
  });

  it('is the last of two, in one object and in a stream', () => {
    const twice = `{"usage":${JSON.stringify(USAGE)},"x":1,"usage":{"prompt_tokens":1,"completion_tokens":2}}`;
    expect(meter({ body: twice }).usage).toEqual({ ...NO_USAGE, input: 1, output: 2 });
    const stream = events([{ usage: { prompt_tokens: 1, completion_tokens: 2 } }, { usage: USAGE }]);
    expect(meter({ body: stream, isEventStream: true }).usage).toEqual({
      ...NO_USAGE,
      input: 11,
      output: 22,
    });
  });

  it('has a model of 200 bytes at most', () => {
    expect(meter({ body: JSON.stringify({ model: 'é'.repeat(3_000) }) }).model).toHaveLength(100);
    expect(meter({ body: JSON.stringify({ model: 'm'.repeat(3_000) }) }).model).toHaveLength(200);
  });

  it('costs no more time the deeper or the more quoted it is', () => {
    for (const body of [
      '['.repeat(90_000),
      '{"a":'.repeat(30_000),
      '"\\'.repeat(40_000),
      ']'.repeat(90_000),
    ]) {
      for (const isEventStream of [true, false]) {
        for (const isCut of [true, false])
          expect(meter({ body, isEventStream, isCut }).usage).toBeUndefined();
      }
    }
  });
});

describe('A response with the status of a success', () => {
  const read = (body: unknown, facts = {}) => {
    const tap = new Tap({ isEventStream: false });
    tap.push(Buffer.from(JSON.stringify(body)));
    return meteringOf(tap.kept(), { isEventStream: false, isComplete: true, ...facts });
  };
  const ERROR = { error: { code: 502, message: 'Provider returned error' }, id: 'gen-1' };

  // It was charged as one that does not tell its usage.
  it.each<[string, unknown]>([
    ['an error', ERROR],
    ['an error in a list, as Google has it', [ERROR]],
    ['vLLM’s error', { object: 'error', message: 'no', code: 500 }],
    ['a response that failed', { object: 'response', status: 'failed', error: { code: 'x' }, usage: null }],
  ])('is an error response if it is %s', (_what, body) => {
    expect(read(body)).toBeUndefined();
  });

  it.each<[string, unknown, object]>([
    ['has figures', { ...ERROR, usage: { prompt_tokens: 1, completion_tokens: 2 } }, { class: 'metered' }],
    ['has no error', { error: null, choices: [] }, { class: 'unmetered' }],
    ['has an error that says nothing', { error: {}, choices: [] }, { class: 'unmetered' }],
  ])('is none if it %s', (_what, body, metering) => {
    expect(read(body)).toMatchObject(metering);
  });

  it('is none if it is not whole, or has made images', () => {
    expect(read(ERROR, { isComplete: false })).toMatchObject({ class: 'partial' });
    expect(read({ data: [{}], error: { code: 'x' } }, { makesImages: true })).toMatchObject({
      class: 'metered',
    });
    expect(read(ERROR, { makesImages: true })).toBeUndefined();
  });
});
