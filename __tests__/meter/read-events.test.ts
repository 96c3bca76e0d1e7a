import { readEvents } from '../../src/meter/read-events';

const events = (...documents: unknown[]) =>
  documents.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
const whole = (head: string, isComplete = true) => readEvents({ head, tail: '', hasGap: false }, isComplete);
const withGap = (head: string, tail: string, isComplete = true) =>
  readEvents({ head, tail, hasGap: true }, isComplete);

const START = {
  type: 'message_start',
  message: { model: 'claude', usage: { input_tokens: 9, cache_read_input_tokens: 2, output_tokens: 1 } },
};
const DELTA = { type: 'message_delta', usage: { output_tokens: 7 } };
const STOP = { type: 'message_stop' };
const JOINED = { input_tokens: 9, cache_read_input_tokens: 2, output_tokens: 7 };
const CHUNK = { model: 'gpt-5', choices: [] };
const USAGE = { prompt_tokens: 3, completion_tokens: 2 };
const OF_BOTH = { input_tokens: 4, output_tokens: 5 };
const LAST = { model: 'gpt-5-2025', usage: USAGE };

describe('a stream of which all is kept', () => {
  it.each([
    ['its last usage', [CHUNK, { usage: { prompt_tokens: 1 } }, { usage: USAGE }, '[DONE]'], USAGE],
    ['none where the last is null', [CHUNK, { usage: null }, '[DONE]'], undefined],
    ['the one before an event without figures', [CHUNK, LAST, { usage: null }, '[DONE]'], USAGE],
    [
      'none where that of several choices is not clear',
      [LAST, { choices: [{ index: 1, usage: USAGE }] }],
      undefined,
    ],
    ['none in what is no JSON', [CHUNK, '{"usage":{"a":1}', '[DONE]'], undefined],
    ['none without any', [CHUNK, '[DONE]'], undefined],
  ])('has %s', (_what, documents, usage) => {
    expect(whole(events(...documents))).toMatchObject({ usage, isFinal: usage !== undefined });
  });

  it.each([
    ['its usage’s event', [CHUNK, LAST], 'gpt-5-2025'],
    ['its first event, where the usage’s has none', [CHUNK, { usage: USAGE }], 'gpt-5'],
    ['one of its first four', [{}, { model: '' }, {}, CHUNK], 'gpt-5'],
    ['none of the fifth', [{}, {}, {}, {}, CHUNK], undefined],
    [
      'its first event, where the usage is not clear',
      [CHUNK, { model: 'x', choices: [{ index: 1, usage: USAGE }] }],
      'gpt-5',
    ],
    ['none of what is no JSON', ['x', '{"model":"gpt-5"'], undefined],
  ])('has its model from %s', (_what, documents, model) => {
    expect(whole(events(...documents)).model).toBe(model);
  });

  it('has its model from a first event that is longer than what is kept', () => {
    expect(withGap('data: {"model":"gpt-5","x":"yyy', events('[DONE]')).model).toBe('gpt-5');
    expect(whole('data: {"model":"gpt-5","x":"yyy', false)).toEqual({
      model: 'gpt-5',
      usage: undefined,
      isFinal: false,
      isError: false,
    });
    expect(whole('data: {"model":"gpt-5"', false).model).toBeUndefined();
  });
});

describe('Anthropic’s two parts', () => {
  it.each([
    ['are one', [START, DELTA, STOP], JOINED, true],
    [
      'are those that are told, not null',
      [START, { ...DELTA, usage: { output_tokens: 7, input_tokens: null } }, STOP],
      JOINED,
      true,
    ],
    [
      'have the later figures',
      [START, { ...DELTA, usage: { output_tokens: 7, input_tokens: 10 } }, STOP],
      { ...JOINED, input_tokens: 10 },
      true,
    ],
    [
      'are the input alone without the second',
      [START, STOP],
      { input_tokens: 9, cache_read_input_tokens: 2 },
      false,
    ],
    ['are not whole without the first', [{ type: 'ping' }, DELTA, STOP], { output_tokens: 7 }, false],
    ['are whole where the second tells the input', [{ ...DELTA, usage: OF_BOTH }, STOP], OF_BOTH, true],
  ])('%s', (_what, documents, usage, isFinal) => {
    expect(whole(events(...documents))).toMatchObject({ usage, isFinal });
  });

  it('are found in the end, where the first is not in the beginning', () => {
    expect(withGap(events({ type: 'ping' }), events('x', START, DELTA, STOP))).toMatchObject({
      usage: JOINED,
    });
    const quoted = { type: 'text', text: '"message_start"' };
    expect(withGap(events({ type: 'ping' }), events('x', quoted, DELTA, STOP)).usage).toEqual({
      output_tokens: 7,
    });
  });
});

describe('figures are final', () => {
  it.each([
    ['at the end of a stream', [LAST], true, true],
    ['not before a stream’s end', [LAST], false, false],
    ['behind [DONE]', [LAST, '[DONE]'], false, true],
    ['behind a message', [START, DELTA, STOP], false, true],
    ['behind a response', [{ type: 'response.completed', response: LAST }], false, true],
    ['behind an incomplete response', [{ type: 'response.incomplete', response: LAST }], false, true],
    ['not behind another event', [LAST, { type: 'ping' }], false, false],
    ['not behind a failure', [LAST, { type: 'error', error: {} }], true, false],
    ['not behind a failed response', [{ type: 'response.failed', response: LAST }], true, false],
    ['not behind an error of OpenAI’s', [LAST, { error: { message: 'x' } }], true, false],
    ['behind an event that only mentions errors', [LAST, { type: 'x', text: 'failed' }], true, true],
    ['behind one that has none', [LAST, { error: null, text: 'failed' }], true, true],
    ['behind what is no JSON', [LAST, 'error'], true, true],
  ])('%s', (_what, documents, isComplete, isFinal) => {
    expect(whole(events(...documents), isComplete).isFinal).toBe(isFinal);
  });
});

describe('a stream whose middle is not kept', () => {
  it('has the usage in its end', () => {
    expect(withGap(events(CHUNK), `lf"}\n\n${events(LAST, '[DONE]')}`)).toEqual({
      model: 'gpt-5-2025',
      usage: USAGE,
      isFinal: true,
      isError: false,
    });
  });

  it('has that of an event whose beginning is not kept, if nothing but the end of the stream follows', () => {
    const cut = 'lf","model":"gpt-5-2025","usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
    const read = { model: 'gpt-5-2025', usage: USAGE, isFinal: true, isError: false };
    expect(withGap(events(CHUNK), cut)).toEqual(read);
    expect(withGap(events(CHUNK), `${cut}data: [DONE]\n\n`)).toEqual(read);
    expect(withGap(events(CHUNK), `${cut}: ping\n\ndata: [DONE]\n\n`)).toEqual(read);
    expect(withGap(events(CHUNK), `${cut}${events({ a: 1 })}`)).toMatchObject({
      model: 'gpt-5',
      usage: undefined,
    });
    expect(withGap(events(CHUNK), 'lf","usage":7}\n\n').usage).toBeUndefined();
    expect(withGap(events(CHUNK), 'no end\n\n').usage).toBeUndefined();
  });

  it('has that of a response inside of such an event', () => {
    const cut =
      'lf","model":"gpt-5-2025","usage":{"prompt_tokens":3,"completion_tokens":2}},"sequence_number":7}\n\n';
    const read = { model: 'gpt-5-2025', usage: USAGE, isFinal: true, isError: false };
    expect(withGap(events({ type: 'response.created', response: {} }), cut)).toEqual(read);
    expect(withGap(events({ event_type: 'interaction.start', interaction: {} }), cut)).toEqual(read);
    expect(withGap(events({ type: 'responses', response: {} }), cut).usage).toBeUndefined();
    expect(withGap(events({ type: 7 }), cut).usage).toBeUndefined();
    const outer = 'lf"},"model":"gpt-5-2025","usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n';
    expect(withGap(events({ type: 'response.created', response: {} }), outer).usage).toEqual(USAGE);
  });

  it('has not that of several choices', () => {
    const cut = 'lf","choices":[{"index":0,"usage":{"a":1}},{"index":1,"usage":{"a":2}}]}\n\n';
    expect(withGap(events(CHUNK), cut)).toMatchObject({ model: 'gpt-5', usage: undefined });
  });
});

describe('a stream that begins with a failure', () => {
  const OVERLOADED = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const OF_OPENAI = { error: { code: 'server_error', message: 'no' } };

  it.each<[string, string]>([
    ['its only event', events(OVERLOADED)],
    ['its only event, without a blank line behind it', events(OVERLOADED).trimEnd()],
    ['its first event', events(OF_OPENAI, '[DONE]')],
    // A stream that began with one of these was charged as one that does not tell its usage.
    [
      'in the form of vLLM',
      events({ object: 'error', message: 'no', type: 'invalid_request_error', code: 400 }),
    ],
    ['a text', events({ error: 'overloaded' })],
    ['in a list, as Google has it', events([{ error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }])],
    ['named so', 'event: error\ndata: {"message":"no"}\n\n'],
    ['named so behind its data', 'data: {"message":"no"}\r\nevent:error\r\n\r\n'],
    ['a response that failed', events({ type: 'response.failed', response: { status: 'failed' } })],
    ['the first event behind a comment', `: PROCESSING\n\n${events(OF_OPENAI)}`],
  ])('is an error response if that is %s', (_where, text) => {
    expect(whole(text, false)).toMatchObject({ usage: undefined, isError: true });
  });

  it.each<[string, string]>([
    ['comes later', events(CHUNK, OF_OPENAI)],
    ['follows figures', events(START, OVERLOADED)],
    ['is cut', events(OVERLOADED).slice(0, 30)],
    ['says nothing', events({ error: {} })],
    ['is null', events({ error: null, id: 'x' })],
    ['is a word in its text', events({ choices: [{ delta: { content: 'error' } }] })],
    ['is named otherwise', 'event: errors\ndata: {"message":"error"}\n\n'],
    ['was named so before', 'event: error\nevent: message\ndata: {"message":"no"}\n\n'],
    ['is no JSON', 'event: error\ndata: {"message":"no"\n\n'],
    ['has no data', 'event: error\n\n'],
    ['has figures', events({ ...LAST, ...OF_OPENAI })],
  ])('is none if it %s', (_where, text) => {
    expect(whole(text, false)).toMatchObject({ isError: false });
  });
});
