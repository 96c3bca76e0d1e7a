import { DONE, events, namedEvents, type Recorded } from './recorded';

const chunk = (model: string, more: object, delta: object = { content: 'Hi' }) => ({
  id: '2',
  object: 'chat.completion.chunk',
  created: 1_764_000_000,
  model,
  choices: [{ index: 0, delta, finish_reason: null }],
  ...more,
});
const last = (more: object) => ({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...more });
const ofXai = { cost: { member: 'cost_in_usd_ticks', perUsd: 1e10 } };

/** Streams of compatible providers, each as its documentation or a public recording has it. */
export const RECORDED_NEIGHBOURS: readonly Recorded[] = [
  {
    // The last event has it: https://docs.mistral.ai/resources/release-note/2024-01-16-token-usage-in-streaming-requests
    name: 'Mistral’s stream, with what was cached',
    isEventStream: true,
    body: events(
      [
        chunk('mistral-large-latest', {}),
        chunk(
          'mistral-large-latest',
          last({
            usage: {
              prompt_tokens: 1_013,
              total_tokens: 1_043,
              completion_tokens: 30,
              prompt_tokens_details: { cached_tokens: 1_008 },
            },
          }),
        ),
      ],
      { last: DONE },
    ),
    model: 'mistral-large-latest',
    usage: { input: 1_013, cachedInput: 1_008, output: 30 },
  },
  {
    // https://docs.x.ai/developers/cost-tracking
    name: 'xAI’s stream, with reasoning beside the completion, and the price',
    isEventStream: true,
    traits: ofXai,
    body: events(
      [
        chunk('grok-4-1-fast', {}),
        chunk('grok-4-1-fast', {
          choices: [],
          usage: {
            prompt_tokens: 199,
            completion_tokens: 1,
            total_tokens: 354,
            prompt_tokens_details: { text_tokens: 199, audio_tokens: 0, image_tokens: 0, cached_tokens: 163 },
            completion_tokens_details: { reasoning_tokens: 154, audio_tokens: 0 },
            num_sources_used: 0,
            cost_in_usd_ticks: 37_756_000,
          },
        }),
      ],
      { last: DONE },
    ),
    model: 'grok-4-1-fast',
    usage: { input: 199, cachedInput: 163, output: 155, reasoning: 154, audioInput: 0, audioOutput: 0 },
    costUsd: 0.003_775_6,
  },
  {
    name: 'xAI’s response, with tools that cost as well',
    isEventStream: true,
    traits: ofXai,
    body: namedEvents([
      { type: 'response.created', ...{ response: { model: 'grok-4.5', usage: null } } },
      {
        type: 'response.completed',
        ...{
          response: {
            model: 'grok-4.5',
            usage: {
              input_tokens: 21_365,
              input_tokens_details: { cached_tokens: 10_496 },
              output_tokens: 3_646,
              output_tokens_details: { reasoning_tokens: 0 },
              total_tokens: 25_011,
              num_server_side_tools_used: 8,
              cost_in_usd_ticks: 648_004_500,
              context_details: { input_tokens: 12_334, output_tokens: 3_184 },
            },
          },
        },
      },
    ]),
    model: 'grok-4.5',
    usage: { input: 21_365, cachedInput: 10_496, output: 3_646, reasoning: 0 },
    costUsd: 0.064_800_45,
  },
  {
    name: 'an image of xAI, of which the price alone is known',
    traits: ofXai,
    makesImages: true,
    body: JSON.stringify({ data: [{ b64_json: 'AAAA' }], usage: { cost_in_usd_ticks: 400_000_000 } }),
    usage: { images: 1 },
    costUsd: 0.04,
  },
  {
    // The last event has it: https://docs.bigmodel.cn/api-reference
    name: 'Zhipu’s stream',
    isEventStream: true,
    body: events(
      [
        chunk('glm-4.5', {}, { role: 'assistant', reasoning_content: 'The' }),
        chunk(
          'glm-4.5',
          last({
            usage: {
              prompt_tokens: 6_042,
              completion_tokens: 39,
              total_tokens: 6_081,
              prompt_tokens_details: { cached_tokens: 43 },
            },
          }),
        ),
      ],
      { last: DONE },
    ),
    model: 'glm-4.5',
    usage: { input: 6_042, cachedInput: 43, output: 39 },
  },
  {
    // `include_usage`: https://platform.minimax.io/docs/api-reference/text-chat. It ends without [DONE].
    name: 'MiniMax’s stream, with usage in an event of its own and a status in the last',
    isEventStream: true,
    body: events([
      chunk('MiniMax-M2.7', { usage: null, input_sensitive: false, output_sensitive_int: 0 }),
      chunk('MiniMax-M2.7', {
        choices: [],
        usage: {
          total_tokens: 885,
          total_characters: 0,
          prompt_tokens: 769,
          completion_tokens: 116,
          completion_tokens_details: { reasoning_tokens: 37 },
          prompt_tokens_details: { cached_tokens: 443 },
        },
        base_resp: { status_code: 0, status_msg: '' },
      }),
    ]),
    model: 'MiniMax-M2.7',
    usage: { input: 769, cachedInput: 443, output: 116, reasoning: 37 },
  },
  {
    // `include_usage`: https://www.volcengine.com/docs/82379/1494384
    name: 'Volcengine Ark’s stream',
    isEventStream: true,
    body: events(
      [
        chunk('doubao-seed-1-6-250615', { service_tier: 'default', usage: null }),
        chunk('doubao-seed-1-6-250615', {
          choices: [],
          service_tier: 'default',
          usage: {
            completion_tokens: 410,
            prompt_tokens: 86,
            total_tokens: 496,
            prompt_tokens_details: { cached_tokens: 0 },
            completion_tokens_details: { reasoning_tokens: 355 },
          },
        }),
      ],
      { last: DONE },
    ),
    model: 'doubao-seed-1-6-250615',
    usage: { input: 86, cachedInput: 0, output: 410, reasoning: 355 },
  },
  ...[true, false].map((isFirst) => ({
    // https://github.com/BerriAI/litellm/issues/14884
    name: `a usage with the names of two APIs, of which the ${isFirst ? 'first' : 'second'} are filled in`,
    body: JSON.stringify({
      model: 'm',
      usage: {
        prompt_tokens: isFirst ? 9 : 0,
        completion_tokens: isFirst ? 4 : 0,
        total_tokens: 13,
        prompt_tokens_details: isFirst ? { cached_tokens: 2 } : null,
        input_tokens: isFirst ? 0 : 9,
        output_tokens: isFirst ? 0 : 4,
        input_tokens_details: isFirst ? null : { cached_tokens: 2 },
      },
    }),
    model: 'm',
    usage: { input: 9, cachedInput: 2, output: 4 },
  })),
  {
    // Each event has it, counting up: https://platform.stepfun.ai/docs/en/api-reference/chat/streaming
    name: 'StepFun’s stream',
    isEventStream: true,
    body: events(
      [1, 148, 150].map((completion) =>
        chunk('step-3.5-flash', {
          usage: {
            prompt_tokens: 83,
            cached_tokens: 64,
            completion_tokens: completion,
            total_tokens: 83 + completion,
          },
        }),
      ),
      { last: DONE },
    ),
    model: 'step-3.5-flash',
    usage: { input: 83, cachedInput: 64, output: 150 },
  },
];
