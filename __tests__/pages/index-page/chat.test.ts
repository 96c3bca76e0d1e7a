import { APIS, chatRequest, readChatEvent, type Api } from '../../../src/pages/index-page/chat';

const CHAT = { key: 'k-1', model: 'm/1', message: 'Hi "你好"' };

describe('the request that tries a chat', () => {
  it.each([
    ['openai', '/v1/chat/completions', { authorization: 'Bearer k-1' }],
    ['anthropic', '/v1/messages', { 'x-api-key': 'k-1', 'anthropic-version': '2023-06-01' }],
    ['gemini', '/v1beta/models/m%2F1:streamGenerateContent?alt=sse', { 'x-goog-api-key': 'k-1' }],
  ] as const)('goes to %s at %s', (api, path, headers) => {
    const sent = chatRequest(api, CHAT);
    expect(sent.path).toBe(path);
    expect({ ...sent.headers }).toEqual({ 'content-type': 'application/json', ...headers });
    expect(sent.body).toContain(JSON.stringify(CHAT.message));
  });

  it.each(Object.keys(APIS) as Api[])('sends no credential to %s if there is none', (api) => {
    const names = Object.keys(chatRequest(api, { ...CHAT, key: '' }).headers);
    expect(names.filter((name) => /auth|key/.test(name))).toEqual([]);
  });

  it('asks for a stream', () => {
    expect(JSON.parse(chatRequest('openai', CHAT).body)).toMatchObject({ stream: true, model: 'm/1' });
    expect(JSON.parse(chatRequest('anthropic', CHAT).body)).toMatchObject({ stream: true, max_tokens: 1024 });
  });
});

describe('an event of a stream', () => {
  it.each([
    ['a chat chunk', { choices: [{ delta: { content: '你好' } }] }, '你好'],
    ['a chat chunk with a role only', { choices: [{ delta: { role: 'assistant', content: null } }] }, ''],
    ['a usage chunk', { choices: [], usage: {} }, ''],
    ['a text delta', { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a' } }, 'a'],
    [
      'a thinking delta',
      { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'a' } },
      '',
    ],
    ['a message delta', { type: 'message_delta', delta: { stop_reason: 'end_turn' } }, ''],
    ['a ping', { type: 'ping' }, ''],
    [
      'Gemini’s parts, less its thoughts',
      { candidates: [{ content: { parts: [{ text: 'x', thought: true }, { text: 'a' }, { text: 'b' }] } }] },
      'ab',
    ],
    ['Gemini’s end', { candidates: [{ finishReason: 'STOP' }] }, ''],
  ])('that is %s says its text', (_what, event, text) => {
    expect({ ...readChatEvent(JSON.stringify(event)) }).toEqual({ text, error: undefined });
  });

  it.each([
    ['a usage chunk of OpenAI', { choices: [], usage: { prompt_tokens: 14, completion_tokens: 20 } }, 14, 20],
    ['null until then', { choices: [], usage: null }, undefined, undefined],
    [
      'the start of Anthropic’s, with what was cached',
      { message: { usage: { input_tokens: 4, cache_read_input_tokens: 10, output_tokens: 1 } } },
      14,
      1,
    ],
    ['the end of Anthropic’s', { type: 'message_delta', usage: { output_tokens: 20 } }, undefined, 20],
    [
      'Gemini’s, with its thoughts',
      { usageMetadata: { promptTokenCount: 14, candidatesTokenCount: 15, thoughtsTokenCount: 5 } },
      14,
      20,
    ],
  ])('with the usage of %s says its tokens', (_what, event, inputTokens, outputTokens) => {
    const read = readChatEvent(JSON.stringify(event));
    expect([read.inputTokens, read.outputTokens]).toEqual([inputTokens, outputTokens]);
  });

  it.each([
    ['OpenAI’s or the proxy’s', '{"error":{"message":"m","type":"t","param":null,"code":"c"}}'],
    ['Anthropic’s', '{"type":"error","error":{"type":"t","message":"m"}}'],
    ['Gemini’s', '{"error":{"code":401,"message":"m","status":"UNAUTHENTICATED"}}'],
    ['Gemini’s in a list', '[{"error":{"code":401,"message":"m","status":"UNAUTHENTICATED"}}]'],
    ['a bare text', '{"error":"m"}'],
  ])('or an error of %s form says its message', (_what, body) => {
    expect(readChatEvent(body).error).toBe('m');
  });

  it.each(['[DONE]', '', 'null', '1', '"x"', '[]', '{', '<html>'])('that is %j says nothing', (data) => {
    expect({ ...readChatEvent(data) }).toEqual({ text: '', error: undefined });
  });
});
