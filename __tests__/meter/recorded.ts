import type { MeterClass, Usage, UsageTraits } from '../../src/meter/usage';

/** A response in the form that a provider gives it, and what it says of its usage. */
export interface Recorded {
  readonly name: string;
  readonly body: string;
  readonly isEventStream?: boolean;
  /** Whether its end is missing. */
  readonly isCut?: boolean;
  readonly makesImages?: boolean;
  readonly traits?: UsageTraits;
  readonly class?: MeterClass;
  readonly model?: string | undefined;
  readonly usage?: Partial<Usage> | undefined;
  readonly costUsd?: number;
}

/** An event stream of these documents. */
export function events(documents: readonly unknown[], { end = '\n\n', last = '' } = {}): string {
  return documents.map((document) => `data: ${JSON.stringify(document)}${end}`).join('') + last;
}

/** The same with the name of each event, as Anthropic and the Responses API have it. */
export function namedEvents(documents: readonly { readonly type: string }[], lineEnd = '\n'): string {
  return documents
    .map((one) => `event: ${one.type}${lineEnd}data: ${JSON.stringify(one)}${lineEnd}${lineEnd}`)
    .join('');
}

export const DONE = 'data: [DONE]\n\n';

/** Texts that look like the usage of a response, in a string of it. */
const DECOY =
  '"usage":{"prompt_tokens":7,"completion_tokens":7},"usageMetadata":{"promptTokenCount":7}}\\\n\n';

const chunk = (delta: string, more: object = {}) => ({
  id: 'chatcmpl-2',
  object: 'chat.completion.chunk',
  created: 1_764_000_000,
  model: 'gpt-4.1-mini-2025-04-14',
  choices: [{ index: 0, delta: { content: delta }, finish_reason: null }],
  ...more,
});
const CHAT_USAGE = {
  prompt_tokens: 2_006,
  completion_tokens: 300,
  total_tokens: 2_306,
  prompt_tokens_details: { cached_tokens: 1_920, audio_tokens: 12 },
  completion_tokens_details: { reasoning_tokens: 128, audio_tokens: 9 },
};
const CHAT = {
  input: 2_006,
  cachedInput: 1_920,
  output: 300,
  reasoning: 128,
  audioInput: 12,
  audioOutput: 9,
};
const response = (more: object) => ({
  id: 'resp_2',
  object: 'response',
  status: 'completed',
  model: 'gpt-5.1-2025-11-13',
  output: [{ type: 'message', content: [{ type: 'output_text', text: DECOY }] }],
  ...more,
});
const RESPONSES_USAGE = {
  input_tokens: 328,
  input_tokens_details: { cached_tokens: 256, cache_write_tokens: 40 },
  output_tokens: 87,
  output_tokens_details: { reasoning_tokens: 64 },
  total_tokens: 415,
};
const RESPONSES = { input: 328, cachedInput: 256, cacheWrite5m: 40, output: 87, reasoning: 64 };
const START = {
  type: 'message_start',
  message: {
    id: 'msg_2',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-4-5-20251101',
    content: [],
    usage: {
      input_tokens: 4,
      cache_creation_input_tokens: 700,
      cache_read_input_tokens: 21_000,
      cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 500 },
      output_tokens: 3,
    },
  },
};
const ANTHROPIC = { input: 21_704, cachedInput: 21_000, cacheWrite5m: 200, cacheWrite1h: 500 };
const text = (of: string) => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: of },
});
const STOP = { type: 'message_stop' };
const gemini = (of: string, usageMetadata?: object) => ({
  candidates: [{ content: { parts: [{ text: of }], role: 'model' }, index: 0 }],
  ...(usageMetadata ? { usageMetadata } : {}),
  modelVersion: 'gemini-3-pro',
});
const GEMINI_USAGE = {
  promptTokenCount: 1_290,
  cachedContentTokenCount: 1_024,
  candidatesTokenCount: 12,
  thoughtsTokenCount: 400,
  totalTokenCount: 1_702,
  promptTokensDetails: [
    { modality: 'TEXT', tokenCount: 1_258 },
    { modality: 'AUDIO', tokenCount: 32 },
  ],
};
const GEMINI = { input: 1_290, cachedInput: 1_024, output: 412, reasoning: 400, audioInput: 32 };
const completion = (model: string, usage: unknown, more: object = {}) =>
  JSON.stringify({
    id: '2',
    object: 'chat.completion',
    model,
    choices: [{ index: 0, message: { role: 'assistant', content: DECOY }, finish_reason: 'stop' }],
    usage,
    ...more,
  });

/** One of each provider and format. */
export const RECORDED: readonly Recorded[] = [
  { name: 'a chat', body: completion('gpt-5', CHAT_USAGE), model: 'gpt-5', usage: CHAT },
  {
    name: 'a chat’s stream',
    isEventStream: true,
    body: events([chunk('Hi'), chunk(DECOY), chunk('', { choices: [], usage: CHAT_USAGE })], { last: DONE }),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a chat’s stream with CR LF, comments, and events without a space',
    isEventStream: true,
    body: `: ping\r\n\r\n${events([chunk('Hi'), chunk('', { usage: CHAT_USAGE })], { end: '\r\n\r\n' }).replaceAll('data: ', 'data:')}data:[DONE]\r\n\r\n`,
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a chat’s stream that ends without a blank line',
    isEventStream: true,
    body: events([chunk('Hi'), chunk('', { usage: CHAT_USAGE })]).trimEnd(),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a chat’s stream without usage',
    isEventStream: true,
    body: events([chunk('Hi'), chunk(DECOY)], { last: DONE }),
    class: 'unmetered',
    model: 'gpt-4.1-mini-2025-04-14',
    usage: undefined,
  },
  {
    name: 'a stream with usage in each event',
    isEventStream: true,
    body: events(
      [1, 2, 3].map((count) =>
        chunk('a', {
          usage: { prompt_tokens: 10, completion_tokens: count, total_tokens: 10 + count },
        }),
      ),
      { last: DONE },
    ),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: { input: 10, output: 3 },
  },
  {
    name: 'a stream whose first event has no model, and whose last has no usage',
    isEventStream: true,
    body: events(
      [
        { choices: [], model: '', prompt_filter_results: [] },
        chunk('a'),
        chunk('', { usage: CHAT_USAGE }),
        chunk('', { usage: null }),
      ],
      { last: DONE },
    ),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a chat’s stream that is cut',
    isEventStream: true,
    isCut: true,
    body: `${events([chunk('Hi', { usage: null })])}data: {"model":"x","usage":{"prompt_tokens":1,"completion_tokens":2}}`,
    class: 'partial',
    model: 'gpt-4.1-mini-2025-04-14',
    usage: undefined,
  },
  {
    name: 'a stream that is cut behind its own end',
    isEventStream: true,
    isCut: true,
    body: events([chunk('Hi'), chunk('', { usage: CHAT_USAGE })], { last: DONE }),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a stream that is cut before its own end',
    isEventStream: true,
    isCut: true,
    body: events([chunk('Hi', { usage: CHAT_USAGE })]),
    class: 'partial',
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a stream with figures in each event that ends with a failure',
    isEventStream: true,
    body: events([chunk('Hi', { usage: CHAT_USAGE }), { error: { code: 'server_error', message: 'no' } }]),
    class: 'partial',
    model: 'gpt-4.1-mini-2025-04-14',
    usage: CHAT,
  },
  {
    name: 'a response',
    body: JSON.stringify(response({ usage: RESPONSES_USAGE, metadata: { usage: DECOY } })),
    model: 'gpt-5.1-2025-11-13',
    usage: RESPONSES,
  },
  {
    name: 'a response’s stream, with an object of the user',
    isEventStream: true,
    body: namedEvents([
      { type: 'response.created', ...{ response: response({ status: 'in_progress', usage: null }) } },
      { type: 'response.output_text.delta', ...{ delta: DECOY } },
      {
        type: 'response.completed',
        ...{
          response: response({
            tools: [{ parameters: { usage: { input_tokens: 1, output_tokens: 1 } } }],
            usage: RESPONSES_USAGE,
            metadata: { usage: '{"input_tokens":5}' },
          }),
        },
      },
    ]),
    model: 'gpt-5.1-2025-11-13',
    usage: RESPONSES,
  },
  {
    name: 'embeddings',
    body: JSON.stringify({
      object: 'list',
      data: [{ object: 'embedding', index: 0, embedding: [0.25, -1e-9] }],
      model: 'text-embedding-3-large',
      usage: { prompt_tokens: 31, total_tokens: 31 },
    }),
    model: 'text-embedding-3-large',
    usage: { input: 31, output: 0 },
  },
  {
    name: 'images by tokens',
    makesImages: true,
    body: JSON.stringify({
      created: 1,
      data: [{ b64_json: 'AAAA' }, { b64_json: 'BBBB' }],
      usage: {
        input_tokens: 9,
        output_tokens: 544,
        total_tokens: 553,
        input_tokens_details: { text_tokens: 9, image_tokens: 0 },
      },
    }),
    usage: { input: 9, output: 544, images: 2 },
  },
  {
    name: 'images by number',
    makesImages: true,
    body: JSON.stringify({ created: 1, data: [{ url: 'https://images.example/1' }] }),
    usage: { images: 1 },
  },
  {
    name: 'an image’s stream',
    isEventStream: true,
    body: namedEvents([
      { type: 'image_generation.partial_image', ...{ b64_json: 'AAAA' } },
      {
        type: 'image_generation.completed',
        ...{ b64_json: 'BBBB', usage: { input_tokens: 9, output_tokens: 272, total_tokens: 281 } },
      },
    ]),
    usage: { input: 9, output: 272 },
  },
  {
    name: 'a transcription by tokens',
    body: JSON.stringify({
      text: DECOY,
      usage: {
        type: 'tokens',
        input_tokens: 60,
        input_token_details: { text_tokens: 10, audio_tokens: 50 },
        output_tokens: 8,
        total_tokens: 68,
      },
    }),
    usage: { input: 60, audioInput: 50, output: 8 },
  },
  {
    name: 'a transcription by duration',
    body: JSON.stringify({ text: 'x', usage: { type: 'duration', seconds: 3.5 } }),
    usage: { audioSeconds: 3.5 },
  },
  {
    name: 'a message',
    body: JSON.stringify({
      id: 'msg_2',
      type: 'message',
      model: 'claude-haiku-4-5',
      content: [
        { type: 'tool_use', id: 't', name: 'n', input: { usage: { input_tokens: 1, output_tokens: 1 } } },
      ],
      usage: {
        input_tokens: 4,
        cache_creation_input_tokens: 700,
        cache_read_input_tokens: 21_000,
        cache_creation: { ephemeral_5m_input_tokens: 200, ephemeral_1h_input_tokens: 500 },
        output_tokens: 90,
        output_tokens_details: { thinking_tokens: 33 },
      },
    }),
    model: 'claude-haiku-4-5',
    usage: { ...ANTHROPIC, output: 90, reasoning: 33 },
  },
  {
    name: 'a message’s stream',
    isEventStream: true,
    body: namedEvents([
      START,
      text('Hi'),
      text(DECOY),
      { type: 'message_delta', ...{ delta: {}, usage: { output_tokens: 512 } } },
      STOP,
    ]),
    model: 'claude-opus-4-5-20251101',
    usage: { ...ANTHROPIC, output: 512 },
  },
  {
    name: 'a message’s stream whose tools add input, and which was compacted',
    isEventStream: true,
    body: namedEvents([
      START,
      {
        type: 'message_delta',
        ...{
          usage: {
            input_tokens: 1_004,
            cache_creation_input_tokens: 700,
            cache_read_input_tokens: 42_000,
            output_tokens: 80,
            server_tool_use: null,
            iterations: [
              { type: 'message', input_tokens: 1_004, output_tokens: 80 },
              {
                type: 'compaction',
                input_tokens: 100,
                output_tokens: 20,
                cache_read_input_tokens: 7,
                cache_creation_input_tokens: 0,
              },
            ],
          },
        },
      },
      STOP,
    ]),
    model: 'claude-opus-4-5-20251101',
    usage: { input: 43_811, cachedInput: 42_007, cacheWrite5m: 200, cacheWrite1h: 500, output: 100 },
  },
  {
    name: 'a message’s stream that is cut',
    isEventStream: true,
    isCut: true,
    body: namedEvents([START, text('Hi')]),
    class: 'partial',
    model: 'claude-opus-4-5-20251101',
    usage: ANTHROPIC,
  },
  {
    name: 'a message’s stream that ends without the figures of its output',
    isEventStream: true,
    body: namedEvents([START, text('Hi'), STOP]),
    class: 'partial',
    model: 'claude-opus-4-5-20251101',
    usage: ANTHROPIC,
  },
  { name: 'Gemini', body: JSON.stringify(gemini(DECOY, GEMINI_USAGE)), model: 'gemini-3-pro', usage: GEMINI },
  {
    name: 'Gemini’s stream',
    isEventStream: true,
    body: events(
      [gemini('a', { promptTokenCount: 1_290, totalTokenCount: 1_290 }), gemini(DECOY, GEMINI_USAGE)],
      { end: '\r\n\r\n' },
    ),
    model: 'gemini-3-pro',
    usage: GEMINI,
  },
  {
    name: 'Gemini’s stream as a list',
    body: JSON.stringify(
      [gemini('a', { promptTokenCount: 1_290, totalTokenCount: 1_290 }), gemini(DECOY, GEMINI_USAGE)],
      null,
      2,
    ),
    model: 'gemini-3-pro',
    usage: GEMINI,
  },
  {
    name: 'Gemini’s stream that is cut',
    isEventStream: true,
    isCut: true,
    body: events([gemini('a', { promptTokenCount: 1_290, candidatesTokenCount: 2, totalTokenCount: 1_292 })]),
    class: 'partial',
    model: 'gemini-3-pro',
    usage: { input: 1_290, output: 2 },
  },
  {
    name: 'Gemini’s interactions',
    isEventStream: true,
    body: events([
      { event_type: 'interaction.start', interaction: { id: '2', model: 'gemini-3-flash' } },
      {
        event_type: 'interaction.complete',
        interaction: {
          model: 'gemini-3-flash',
          usage: {
            total_input_tokens: 20,
            total_output_tokens: 5,
            total_thought_tokens: 9,
            total_cached_tokens: 4,
            total_tool_use_tokens: 2,
            total_tokens: 36,
          },
        },
      },
    ]),
    model: 'gemini-3-flash',
    usage: { input: 22, cachedInput: 4, output: 14, reasoning: 9 },
  },
  {
    name: 'Gemini in OpenAI’s form, with reasoning in the total only',
    traits: { reasoningInTotalOnly: true },
    body: completion('gemini-2.5-pro', { prompt_tokens: 20, completion_tokens: 30, total_tokens: 150 }),
    model: 'gemini-2.5-pro',
    usage: { input: 20, output: 130 },
  },
  {
    name: 'xAI, with reasoning beside the completion',
    body: completion('grok-4', {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 135,
      completion_tokens_details: { reasoning_tokens: 94 },
    }),
    model: 'grok-4',
    usage: { input: 32, output: 103, reasoning: 94 },
  },
  {
    name: 'DeepSeek',
    body: completion('deepseek-chat', {
      prompt_tokens: 100,
      completion_tokens: 20,
      total_tokens: 120,
      prompt_cache_hit_tokens: 64,
      prompt_cache_miss_tokens: 36,
    }),
    model: 'deepseek-chat',
    usage: { input: 100, cachedInput: 64, output: 20 },
  },
  {
    name: 'Moonshot',
    body: completion('kimi-k2', {
      prompt_tokens: 19,
      completion_tokens: 21,
      total_tokens: 40,
      cached_tokens: 10,
    }),
    model: 'kimi-k2',
    usage: { input: 19, cachedInput: 10, output: 21 },
  },
  {
    name: 'Moonshot’s stream, with usage in the choice',
    isEventStream: true,
    body: events(
      [
        chunk('a'),
        {
          model: 'kimi-k2',
          choices: [
            { index: 0, delta: {}, usage: { prompt_tokens: 19, completion_tokens: 13, total_tokens: 32 } },
          ],
        },
      ],
      { last: DONE },
    ),
    model: 'kimi-k2',
    usage: { input: 19, output: 13 },
  },
  {
    name: 'several choices, each with its own usage',
    isEventStream: true,
    body: events(
      [
        chunk('a'),
        {
          model: 'kimi-k2',
          choices: [{ index: 1, delta: {}, usage: { prompt_tokens: 19, completion_tokens: 13 } }],
        },
      ],
      { last: DONE },
    ),
    class: 'unmetered',
    model: 'gpt-4.1-mini-2025-04-14',
    usage: undefined,
  },
  {
    name: 'Groq’s stream',
    isEventStream: true,
    body: events(
      [
        chunk('a'),
        chunk('', {
          x_groq: { id: 'r', usage: { prompt_tokens: 24, completion_tokens: 377, total_tokens: 401 } },
        }),
      ],
      { last: DONE },
    ),
    model: 'gpt-4.1-mini-2025-04-14',
    usage: { input: 24, output: 377 },
  },
  {
    name: 'DashScope, with a cache that is written to',
    body: completion('qwen-plus', {
      prompt_tokens: 1_500,
      completion_tokens: 5,
      total_tokens: 1_505,
      prompt_tokens_details: {
        cached_tokens: 0,
        cache_creation: { ephemeral_5m_input_tokens: 1_200 },
        cache_creation_input_tokens: 1_200,
      },
    }),
    model: 'qwen-plus',
    usage: { input: 1_500, cachedInput: 0, cacheWrite5m: 1_200, output: 5 },
  },
  {
    name: 'Mistral’s audio',
    body: completion('voxtral-mini', {
      prompt_tokens: 4,
      completion_tokens: 635,
      total_tokens: 3_264,
      prompt_audio_seconds: 203,
    }),
    model: 'voxtral-mini',
    usage: { input: 4, output: 635, audioSeconds: 203 },
  },
  {
    name: 'OpenRouter',
    traits: { cost: { member: 'cost', perUsd: 1 } },
    body: completion('anthropic/claude-sonnet-4.5', {
      prompt_tokens: 194,
      completion_tokens: 2,
      total_tokens: 196,
      cost: 0.00095,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 100 },
    }),
    model: 'anthropic/claude-sonnet-4.5',
    usage: { input: 194, cachedInput: 0, cacheWrite5m: 100, output: 2 },
    costUsd: 0.00095,
  },
  {
    name: 'a price of a provider that does not bill it',
    body: completion('m', { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 5 }),
    model: 'm',
    usage: { input: 1, output: 2 },
  },
  {
    name: 'JSON that is cut',
    isCut: true,
    body: completion('gpt-5', CHAT_USAGE),
    class: 'partial',
    model: 'gpt-5',
    usage: undefined,
  },
  { name: 'no JSON', body: 'usage: {"prompt_tokens": 5}', class: 'unmetered', usage: undefined },
  { name: 'nothing', body: '', class: 'unmetered', usage: undefined },
];
