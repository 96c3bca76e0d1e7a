import { classifyError } from '../../../src/providers/errors/classify';
import { failureInEvent } from '../../../src/providers/errors/in-event';
import { BUILT_IN } from '../../../src/providers/registry';

/** What an event's failure means for the key, as the proxy asks it. */
function classificationOf(provider: string, data: unknown) {
  const failure = failureInEvent(data);
  const found = BUILT_IN.find(({ name }) => name === provider);
  if (!failure || !found) throw new Error('no failure, or no such provider');
  const request = { method: 'POST', path: '/v1/chat/completions', model: 'm' };
  return classifyError(found, { ...failure, headers: {}, request, nowMs: 0 }).classification.kind;
}

describe('the data of an event', () => {
  it('is a failure if the event is named so, and none if it only has codes', () => {
    const data = { code: 'rate_limit_exceeded', message: 'x' };
    expect(failureInEvent(data, 'error')).toEqual({ status: 429, body: data });
    expect(failureInEvent(data, 'message')).toBeUndefined();
    expect(failureInEvent(data)).toBeUndefined();
  });

  it.each<[string, unknown, number, string, string]>([
    [
      'a chat without quota',
      { error: { message: '', type: 'insufficient_quota', code: 'insufficient_quota' } },
      429,
      'openai',
      'out-of-credit',
    ],
    [
      'a chat without credit',
      { error: { message: '', code: 'credit_balance_exhausted' } },
      200,
      'openai',
      'out-of-credit',
    ],
    [
      'a chat on a server that failed',
      { error: { message: '', type: 'server_error', code: null } },
      500,
      'openai',
      'ok',
    ],
    [
      'OpenRouter with a wrong key',
      { error: { code: 'server_error', message: 'x', metadata: { error_type: 'authentication' } } },
      401,
      'openrouter',
      'invalid',
    ],
    [
      'OpenRouter without credit',
      { error: { code: 'server_error', message: 'x', metadata: { error_type: 'payment_required' } } },
      402,
      'openrouter',
      'out-of-credit',
    ],
    ['a chat whose error is a text', { error: 'Something broke' }, 200, 'xai', 'ok'],
    [
      'Responses, an error with its members outside',
      { type: 'error', code: 'rate_limit_exceeded', message: 'x', param: null, sequence_number: 3 },
      429,
      'openai',
      'rate-limited',
    ],
    [
      'Responses, an error with its members inside',
      { type: 'error', error: { type: 'too_many_requests', code: 'rate_limit_exceeded', message: 'x' } },
      429,
      'openai',
      'rate-limited',
    ],
    [
      'Responses, a response that failed',
      {
        type: 'response.failed',
        response: { status: 'failed', error: { code: 'insufficient_quota', message: 'x' } },
      },
      429,
      'openai',
      'out-of-credit',
    ],
    [
      'Responses, a request larger than the limit',
      {
        type: 'response.failed',
        response: { error: { code: 'rate_limit_exceeded', message: 'Request too large for gpt-5' } },
      },
      429,
      'openai',
      'ok',
    ],
    [
      'Responses, a response that failed and does not say why',
      { type: 'response.failed', response: { error: null } },
      200,
      'openai',
      'ok',
    ],
    [
      'Messages, overload',
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      529,
      'anthropic',
      'unavailable',
    ],
    [
      'Messages, a rate limit',
      { type: 'error', error: { type: 'rate_limit_error', message: 'x' } },
      429,
      'anthropic',
      'rate-limited',
    ],
    [
      'Messages, a wrong key',
      { type: 'error', error: { type: 'authentication_error', message: 'x' } },
      401,
      'anthropic',
      'invalid',
    ],
    [
      'Messages, a spend limit',
      {
        type: 'error',
        error: {
          type: 'rate_limit_error',
          message: 'x',
          details: { error_code: 'enforced_spend_limit_reached' },
        },
      },
      429,
      'anthropic',
      'out-of-credit',
    ],
    [
      'Gemini, a limit',
      { error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } },
      429,
      'gemini',
      'rate-limited',
    ],
    [
      'Gemini, an array',
      [{ error: { code: 503, message: 'x', status: 'UNAVAILABLE' } }],
      503,
      'gemini',
      'unavailable',
    ],
    [
      'Gemini, by its status alone',
      { error: { message: 'x', status: 'RESOURCE_EXHAUSTED' } },
      429,
      'gemini',
      'rate-limited',
    ],
    [
      'OpenRouter, with choices beside it',
      {
        id: 'x',
        error: { code: 502, message: 'Provider disconnected' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      },
      502,
      'openrouter',
      'unavailable',
    ],
    [
      'OpenRouter, a code in quotes',
      { error: { code: '402', message: 'x' } },
      402,
      'openrouter',
      'out-of-credit',
    ],
    [
      'vLLM, an object named error',
      { object: 'error', message: 'x', type: 'InternalServerError', code: 500 },
      500,
      'openai',
      'ok',
    ],
    ['a code that nobody knows', { error: { code: 'new_one', message: 'x' } }, 200, 'openai', 'ok'],
    [
      'a code that is a member of every object',
      { error: { code: 'constructor', message: 'x' } },
      200,
      'openai',
      'ok',
    ],
  ])('is a failure (%s)', (_says, data, status, provider, kind) => {
    expect(failureInEvent(data)?.status).toBe(status);
    expect(classificationOf(provider, data)).toBe(kind);
  });

  it.each<[string, unknown]>([
    ['a chunk', { id: 'x', object: 'chat.completion.chunk', choices: [{ delta: { content: 'error' } }] }],
    ['a chunk whose error is null', { choices: [], error: null }],
    ['an error without anything', { choices: [], error: {} }],
    ['an error of empty members', { choices: [], error: { code: 0, message: '', type: null } }],
    ['an error that is false', { choices: [], error: false }],
    ['an error that is an empty text', { choices: [], error: '' }],
    [
      'a response that was created',
      { type: 'response.created', response: { id: 'r', error: null, status: 'in_progress' } },
    ],
    [
      'a response that is incomplete',
      {
        type: 'response.incomplete',
        response: { error: null, incomplete_details: { reason: 'max_output_tokens' } },
      },
    ],
    [
      'a tool call that failed',
      { type: 'response.output_item.done', item: { type: 'mcp_call', error: { code: 401, message: 'x' } } },
    ],
    ['a tool call named error', { type: 'response.mcp_call.failed', item_id: 'x' }],
    [
      'a content filter that failed (Azure)',
      { choices: [{ content_filter_results: { error: { code: 'content_filter_error', message: 'x' } } }] },
    ],
    [
      'a text that is an error',
      { type: 'content_block_delta', delta: { type: 'text_delta', text: '{"error":{"code":429}}' } },
    ],
    ['a message that starts', { type: 'message_start', message: { id: 'm', content: [] } }],
    ['a blocked prompt (Gemini)', { promptFeedback: { blockReason: 'SAFETY' } }],
    ['a string', 'error'],
    ['a number', 429],
    ['null', null],
    ['nothing', undefined],
    ['an empty array', []],
    ['an own member named __proto__', JSON.parse('{"__proto__":{"error":{"code":429,"message":"x"}}}')],
  ])('is no failure (%s)', (_says, data) => {
    expect(failureInEvent(data)).toBeUndefined();
  });
});
