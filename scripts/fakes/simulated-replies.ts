/**
 * Simulated responses of the OpenAI and Anthropic APIs in their exact forms, for the demo and for the fake upstreams
 * of the tests. Forms: https://platform.openai.com/docs/api-reference, https://docs.anthropic.com/en/api
 */

/** A reply as pieces of a body: a stream's events one by one, or a whole JSON body. */
export interface SimulatedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly string[];
}

/** The parts of a request on which the form of the response depends. */
export interface SimulatedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly stream: boolean;
  readonly model: string;
}

/** More than ASCII on purpose: accents, Chinese and an emoji are 2, 3 and 4 bytes in UTF-8. */
export const SIMULATED_TEXT = 'Hello! This is a simulated reply: café, 你好, 🙂. It streams word by word.';

const OPENAI_HEADERS = {
  'openai-organization': 'org-simulated',
  'openai-processing-ms': '42',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
  'x-request-id': 'req_simulated_openai',
};

const ANTHROPIC_HEADERS = {
  'anthropic-organization-id': 'org-simulated',
  'anthropic-ratelimit-requests-remaining': '49',
  'anthropic-ratelimit-requests-reset': '2030-01-01T00:00:00Z',
  'request-id': 'req_simulated_anthropic',
};

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };
const JSON_TYPE = { 'content-type': 'application/json' };

/** The reply to a request; `undefined` for a path that neither API has. */
export function simulatedReply(request: SimulatedRequest): SimulatedReply | undefined {
  const replies: readonly (readonly [RegExp, () => SimulatedReply])[] = [
    [/\/v\d\/chat\/completions$/, () => (request.stream ? chatStream(request.model) : chat(request.model))],
    [/\/v\d\/responses$/, () => (request.stream ? responsesStream(request.model) : response(request.model))],
    [/\/v1\/messages$/, () => (request.stream ? messagesStream(request.model) : message(request.model))],
    [/\/v1\/messages\/count_tokens$/, () => anthropicJson({ input_tokens: 14 })],
    [/\/v\d\/embeddings$/, embeddings],
    [/\/v\d\/models$/, models],
  ];
  return replies.find(([path]) => path.test(request.path))?.[1]();
}

/** An error response of OpenAI's API. */
export function openaiError(
  status: number,
  code: string,
  headers: Record<string, string> = {},
): SimulatedReply {
  const error = { message: `Simulated ${code}.`, type: 'invalid_request_error', param: null, code };
  return {
    status,
    headers: { ...OPENAI_HEADERS, ...JSON_TYPE, ...headers },
    pieces: [JSON.stringify({ error })],
  };
}

/** An error response of Anthropic's API. */
export function anthropicError(
  status: number,
  type: string,
  headers: Record<string, string> = {},
): SimulatedReply {
  const body = {
    type: 'error',
    error: { type, message: `Simulated ${type}.` },
    request_id: 'req_simulated_anthropic',
  };
  return {
    status,
    headers: { ...ANTHROPIC_HEADERS, ...JSON_TYPE, ...headers },
    pieces: [JSON.stringify(body)],
  };
}

function openaiJson(body: object): SimulatedReply {
  return { status: 200, headers: { ...OPENAI_HEADERS, ...JSON_TYPE }, pieces: [JSON.stringify(body)] };
}

function anthropicJson(body: object): SimulatedReply {
  return { status: 200, headers: { ...ANTHROPIC_HEADERS, ...JSON_TYPE }, pieces: [JSON.stringify(body)] };
}

function words(): string[] {
  return SIMULATED_TEXT.match(/\S+\s*/g) ?? [];
}

function data(event: object): string {
  return `data: ${JSON.stringify(event)}\n\n`;
}

function named(event: { readonly type: string }): string {
  return `event: ${event.type}\n${data(event)}`;
}

function chat(model: string): SimulatedReply {
  return openaiJson({
    id: 'chatcmpl-simulated',
    object: 'chat.completion',
    created: 1_750_000_000,
    model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: SIMULATED_TEXT, refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: { prompt_tokens: 14, completion_tokens: 18, total_tokens: 32 },
  });
}

function chatStream(model: string): SimulatedReply {
  const chunk = (delta: object, finish: string | null) =>
    data({
      id: 'chatcmpl-simulated',
      object: 'chat.completion.chunk',
      created: 1_750_000_000,
      model,
      choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    });
  return {
    status: 200,
    headers: { ...OPENAI_HEADERS, ...EVENT_STREAM },
    pieces: [
      chunk({ role: 'assistant', content: '', refusal: null }, null),
      ...words().map((content) => chunk({ content }, null)),
      chunk({}, 'stop'),
      'data: [DONE]\n\n',
    ],
  };
}

function responseObject(model: string, status: 'in_progress' | 'completed') {
  const content = [{ type: 'output_text', text: SIMULATED_TEXT, annotations: [], logprobs: [] }];
  return {
    id: 'resp_simulated',
    object: 'response',
    created_at: 1_750_000_000,
    status,
    error: null,
    incomplete_details: null,
    instructions: null,
    model,
    output:
      status === 'completed'
        ? [{ id: 'msg_simulated', type: 'message', status: 'completed', role: 'assistant', content }]
        : [],
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
    metadata: {},
    usage: status === 'completed' ? { input_tokens: 14, output_tokens: 18, total_tokens: 32 } : null,
  };
}

function response(model: string): SimulatedReply {
  return openaiJson(responseObject(model, 'completed'));
}

function responsesStream(model: string): SimulatedReply {
  const item = { item_id: 'msg_simulated', output_index: 0, content_index: 0 };
  const part = { type: 'output_text', text: '', annotations: [], logprobs: [] };
  const events: { type: string }[] = [
    { type: 'response.created', response: responseObject(model, 'in_progress') } as { type: string },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { id: 'msg_simulated', type: 'message', status: 'in_progress', role: 'assistant', content: [] },
    } as { type: string },
    { type: 'response.content_part.added', ...item, part } as { type: string },
    ...words().map((delta) => ({ type: 'response.output_text.delta', ...item, delta, logprobs: [] })),
    { type: 'response.output_text.done', ...item, text: SIMULATED_TEXT, logprobs: [] } as { type: string },
    { type: 'response.completed', response: responseObject(model, 'completed') } as { type: string },
  ];
  return {
    status: 200,
    headers: { ...OPENAI_HEADERS, ...EVENT_STREAM },
    pieces: events.map((event, sequence) =>
      named({ ...event, sequence_number: sequence } as { type: string }),
    ),
  };
}

function message(model: string): SimulatedReply {
  return anthropicJson({
    id: 'msg_simulated',
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text: SIMULATED_TEXT }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 14, output_tokens: 18 },
  });
}

function messagesStream(model: string): SimulatedReply {
  const start = {
    id: 'msg_simulated',
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 14, output_tokens: 1 },
  };
  const events: { type: string }[] = [
    { type: 'message_start', message: start } as { type: string },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string },
    { type: 'ping' },
    ...words().map((text) => ({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'text_delta', text },
    })),
    { type: 'content_block_stop', index: 0 } as { type: string },
    {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 18 },
    } as { type: string },
    { type: 'message_stop' },
  ];
  return { status: 200, headers: { ...ANTHROPIC_HEADERS, ...EVENT_STREAM }, pieces: events.map(named) };
}

function embeddings(): SimulatedReply {
  // The SDK asks for base64 and decodes it: https://platform.openai.com/docs/api-reference/embeddings
  const vector = Buffer.from(Float32Array.from({ length: 8 }, (_, at) => at / 8).buffer).toString('base64');
  return openaiJson({
    object: 'list',
    data: [{ object: 'embedding', index: 0, embedding: vector }],
    model: 'text-embedding-3-small',
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
}

function models(): SimulatedReply {
  return openaiJson({
    object: 'list',
    data: ['simulated-large', 'simulated-small'].map((id) => ({
      id,
      object: 'model',
      created: 1_750_000_000,
      owned_by: 'simulated',
    })),
  });
}
