import { costFrom, together, usageFrom } from '../../src/meter/normal-form';
import { NO_USAGE, type UsageTraits } from '../../src/meter/usage';

/** What a usage says: members that are `undefined` are left out. */
function told(usage: Record<string, unknown>, traits?: UsageTraits) {
  const read = usageFrom(usage, traits);
  return read && Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined));
}

describe('a usage in OpenAI’s form', () => {
  it.each([
    [
      { prompt_tokens: 3, completion_tokens: 2 },
      { input: 3, output: 2 },
    ],
    [
      { input_tokens: 3, output_tokens: 2 },
      { input: 3, output: 2 },
    ],
    [
      { prompt_tokens: 0, input_tokens: 3, completion_tokens: 0, output_tokens: 2 },
      { input: 3, output: 2 },
    ],
    [
      { prompt_tokens: 3, total_tokens: 3 },
      { input: 3, output: 0 },
    ],
    [{ prompt_tokens: 3, total_tokens: 4 }, { input: 3 }],
    [{ prompt_tokens: 3 }, { input: 3 }],
    [{ completion_tokens: 2, total_tokens: 5 }, { output: 2 }],
    // Reasoning that is left out of the output, as the total shows.
    [
      {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 9,
        completion_tokens_details: { reasoning_tokens: 4 },
      },
      { input: 3, output: 6, reasoning: 4 },
    ],
    [
      {
        prompt_tokens: 3,
        completion_tokens: 6,
        total_tokens: 9,
        completion_tokens_details: { reasoning_tokens: 4 },
      },
      { input: 3, output: 6, reasoning: 4 },
    ],
    [
      {
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 8,
        output_tokens_details: { reasoning_tokens: 4 },
      },
      { input: 3, output: 2 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 2, total_tokens: 9 },
      { input: 3, output: 2 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 2, reasoning_tokens: 1 },
      { input: 3, output: 2, reasoning: 1 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 2, reasoning_tokens: 3 },
      { input: 3, output: 2 },
    ],
    [
      { prompt_tokens: 3, completion_tokens: 2, reasoning_tokens: 2 },
      { input: 3, output: 2, reasoning: 2 },
    ],
    [
      { reasoning_tokens: 3, prompt_tokens: 3 },
      { input: 3, reasoning: 3 },
    ],
    // What was read from a cache.
    [
      { prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 2 } },
      { input: 3, cachedInput: 2 },
    ],
    [
      { input_tokens: 3, input_tokens_details: { cached_tokens: 2 } },
      { input: 3, cachedInput: 2 },
    ],
    [
      { input_tokens: 3, input_token_details: { cached_tokens: 3 } },
      { input: 3, cachedInput: 3 },
    ],
    [
      { prompt_tokens: 3, prompt_cache_hit_tokens: 2 },
      { input: 3, cachedInput: 2 },
    ],
    [
      { prompt_tokens: 3, cached_tokens: 2 },
      { input: 3, cachedInput: 2 },
    ],
    [
      { prompt_tokens: 3, cache_read_input_tokens: 2 },
      { input: 3, cachedInput: 2 },
    ],
    [
      { input_tokens: 3, input_tokens_details: {}, cache_read_input_tokens: 2 },
      { input: 3, cachedInput: 2 },
    ],
    // What was written to one.
    [
      { prompt_tokens: 9, prompt_tokens_details: { cache_write_tokens: 2 } },
      { input: 9, cacheWrite5m: 2 },
    ],
    [
      { prompt_tokens: 9, prompt_tokens_details: { cache_creation_input_tokens: 2 } },
      { input: 9, cacheWrite5m: 2 },
    ],
    [
      { prompt_tokens: 9, cache_creation_input_tokens: 2 },
      { input: 9, cacheWrite5m: 2 },
    ],
    [
      {
        prompt_tokens: 9,
        prompt_tokens_details: {
          cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
        },
      },
      { input: 9, cacheWrite5m: 2, cacheWrite1h: 3 },
    ],
    [
      {
        prompt_tokens: 9,
        prompt_tokens_details: { cache_write_tokens: 5, cache_creation: { ephemeral_1h_input_tokens: 3 } },
      },
      { input: 9, cacheWrite5m: 2, cacheWrite1h: 3 },
    ],
    // Audio.
    [
      {
        prompt_tokens: 9,
        completion_tokens: 8,
        prompt_tokens_details: { audio_tokens: 4 },
        completion_tokens_details: { audio_tokens: 5 },
      },
      { input: 9, output: 8, audioInput: 4, audioOutput: 5 },
    ],
    [
      { output_tokens: 8, output_token_details: { audio_tokens: 5 } },
      { output: 8, audioOutput: 5 },
    ],
    [{ type: 'duration', seconds: 1.5 }, { audioSeconds: 1.5 }],
    [{ type: 'tokens', seconds: 1.5, input_tokens: 1 }, { input: 1 }],
    [
      { prompt_tokens: 3, prompt_audio_seconds: 7 },
      { input: 3, audioSeconds: 7 },
    ],
    [{ prompt_tokens: 3, prompt_audio_seconds: {} }, { input: 3 }],
  ])('%j is %j', (usage, expected) => {
    expect(told(usage)).toEqual(expected);
  });

  it('has its reasoning in the total alone, where the provider is known for that', () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 9 };
    expect(told(usage, { reasoningInTotalOnly: true })).toEqual({ input: 3, output: 6 });
    expect(told({ ...usage, total_tokens: 5 }, { reasoningInTotalOnly: true })).toEqual({
      input: 3,
      output: 2,
    });
    expect(told({ ...usage, total_tokens: 4 }, { reasoningInTotalOnly: true })).toEqual({
      input: 3,
      output: 2,
    });
  });
});

describe('a usage in Anthropic’s form', () => {
  it.each([
    [
      { input_tokens: 3, cache_read_input_tokens: 2, output_tokens: 1 },
      { input: 5, cachedInput: 2, output: 1 },
    ],
    [
      { input_tokens: 3, cache_creation_input_tokens: 2 },
      { input: 5, cacheWrite5m: 2 },
    ],
    [
      {
        input_tokens: 3,
        cache_creation_input_tokens: 5,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
      },
      { input: 8, cacheWrite5m: 2, cacheWrite1h: 3 },
    ],
    [
      {
        input_tokens: 3,
        cache_read_input_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 },
      },
      { input: 8, cachedInput: 0, cacheWrite5m: 2, cacheWrite1h: 3 },
    ],
    [
      {
        input_tokens: 3,
        cache_read_input_tokens: 0,
        output_tokens: 4,
        output_tokens_details: { thinking_tokens: 2 },
      },
      { input: 3, cachedInput: 0, output: 4, reasoning: 2 },
    ],
    [
      {
        input_tokens: 3,
        cache_read_input_tokens: 1,
        output_tokens: 4,
        iterations: [
          { type: 'compaction', input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 30 },
          { type: 'message', input_tokens: 100 },
          null,
        ],
      },
      { input: 34, cachedInput: 21, output: 34 },
    ],
    [{ cache_read_input_tokens: 2, output_tokens: 1 }, undefined], // of the input only a part
    [{ cache_read_input_tokens: 0, output_tokens: 1, iterations: {} }, undefined],
  ])('%j is %j', (usage, expected) => {
    expect(told(usage)).toEqual(expected);
  });
});

describe('a usage in Google’s form', () => {
  it.each([
    [
      { promptTokenCount: 3, candidatesTokenCount: 2 },
      { input: 3, output: 2 },
    ],
    [
      { promptTokenCount: 3, responseTokenCount: 2 },
      { input: 3, output: 2 },
    ],
    [{ promptTokenCount: 3 }, { input: 3, output: 0 }],
    [{ totalTokenCount: 3, candidatesTokenCount: 2 }, { output: 2 }],
    [{ totalTokenCount: 3 }, undefined], // what is put into a cache, which is charged by time as well
    [
      { promptTokenCount: 3, candidatesTokenCount: 2, thoughtsTokenCount: 4, toolUsePromptTokenCount: 5 },
      { input: 8, output: 6, reasoning: 4 },
    ],
    [
      { promptTokenCount: 3, cachedContentTokenCount: 2 },
      { input: 3, cachedInput: 2, output: 0 },
    ],
    [
      {
        promptTokenCount: 9,
        candidatesTokenCount: 9,
        promptTokensDetails: [
          { modality: 'AUDIO', tokenCount: 4 },
          { modality: 'TEXT', tokenCount: 5 },
          null,
        ],
        toolUsePromptTokensDetails: [{ modality: 'AUDIO', tokenCount: 1 }],
        candidatesTokensDetails: [
          { modality: 'AUDIO', tokenCount: 2 },
          { modality: 'AUDIO', tokenCount: 3 },
        ],
      },
      { input: 9, output: 9, audioInput: 5, audioOutput: 5 },
    ],
    [
      {
        promptTokenCount: 9,
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 2 }],
        promptTokensDetails: {},
      },
      { input: 9, output: 0, audioOutput: 2 },
    ],
    [
      { total_input_tokens: 3, total_output_tokens: 2 },
      { input: 3, output: 2 },
    ],
    [{ total_input_tokens: 3 }, { input: 3, output: 0 }],
    [{ total_output_tokens: 3 }, { input: 0, output: 3 }],
    [
      {
        total_input_tokens: 3,
        total_output_tokens: 2,
        total_thought_tokens: 4,
        total_tool_use_tokens: 5,
        total_cached_tokens: 1,
        total_tokens: 14,
      },
      { input: 8, cachedInput: 1, output: 6, reasoning: 4 },
    ],
  ])('%j is %j', (usage, expected) => {
    expect(told(usage)).toEqual(expected);
  });
});

it.each([
  [{}],
  [{ total_tokens: 3 }],
  [{ prompt_tokens: null }],
  [{ prompt_tokens: -1, completion_tokens: 2 }],
  [{ prompt_tokens: 3, completion_tokens: 2, prompt_tokens_details: { cached_tokens: 'x' } }],
  // Parts that are larger than the whole.
  [{ prompt_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } }],
  [{ completion_tokens: 3, prompt_tokens_details: { cached_tokens: 0 } }],
  [{ prompt_tokens: 3, cache_creation_input_tokens: 4 }],
  [
    {
      prompt_tokens: 5,
      prompt_tokens_details: {
        cache_creation: { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 3 },
      },
    },
  ],
  [{ promptTokenCount: 'x', candidatesTokenCount: 2 }],
  [{ type: 'duration', seconds: -1 }],
])('%j is no usage', (usage) => {
  expect(usageFrom(usage)).toBeUndefined();
});

it.each([
  [{ cost: 0.5 }, { member: 'cost', perUsd: 1 }, 0.5],
  [{ ticks: 25 }, { member: 'ticks', perUsd: 100 }, 0.25],
  [{ cost: 0 }, { member: 'cost', perUsd: 1 }, 0],
  [{ cost: 1e6 }, { member: 'cost', perUsd: 1 }, 1e6],
  [{ cost: 1e6 + 1 }, { member: 'cost', perUsd: 1 }, undefined],
  [{ cost: -1 }, { member: 'cost', perUsd: 1 }, undefined],
  [{ cost: '1' }, { member: 'cost', perUsd: 1 }, undefined],
  [{ cost: NaN }, { member: 'cost', perUsd: 1 }, undefined],
  [{}, { member: 'cost', perUsd: 1 }, undefined],
  [{ cost: 1 }, undefined, undefined],
])('the cost of %j by %j is %j', (usage, cost, expected) => {
  expect(costFrom(usage, cost ? { cost } : {})).toBe(expected);
});

it('what two responses have used together is the sum of each member', () => {
  const one = { ...NO_USAGE, input: 1, output: 2, cachedInput: 3, images: 4 };
  const other = {
    input: 10,
    cachedInput: undefined,
    cacheWrite5m: 20,
    cacheWrite1h: 30,
    output: 40,
    reasoning: 50,
    audioInput: 60,
    audioOutput: 70,
    images: 80,
    audioSeconds: 90,
  };
  const sums = { input: 11, cachedInput: 3, output: 42, images: 84 };
  expect(together(one, other)).toEqual({ ...other, ...sums, longestInput: 10 });
  const longer = { ...one, input: 5, longestInput: 12 };
  expect(together(other, longer)).toMatchObject({ input: 15, longestInput: 12 });
  expect([together(one, undefined), together(undefined, one), together(undefined, undefined)]).toEqual([
    one,
    one,
    undefined,
  ]);
});
