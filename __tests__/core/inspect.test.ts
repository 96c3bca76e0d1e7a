import { JsonBody } from '../../src/transforms/json-body';
import { traitsOf } from '../../src/core/inspect';

const traits = (body: object | string, headers = {}, caller = 'c') =>
  traitsOf(
    headers,
    new JsonBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
    caller,
  );
const message = (content: string) => ({ role: 'user', content });

describe('traitsOf', () => {
  it.each([
    [{ model: 'gpt-5' }, 'gpt-5'],
    [{ messages: [], model: 'claude' }, 'claude'],
    [{ model: 5 }, ''],
    [{}, ''],
    ['not JSON', ''],
    [{ model: 'x'.repeat(200) }, 'x'.repeat(200)],
    [{ model: 'x'.repeat(201) }, ''],
    ['{"mod\\u0065l":"gpt\\u002d5"}', 'gpt-5'],
    ['{"model":"first","model":"last"}', 'last'],
  ])('finds the model of %j', (body, model) => {
    expect(traits(body).model).toBe(model);
  });

  it.each([
    [{ 'x-claude-code-session-id': 's1', 'session-id': 's2' }, { previous_response_id: 'r' }, 's1'],
    [{ 'session-id': 's2' }, { previous_response_id: 'r' }, 's2'],
    [{}, { previous_response_id: 'r', prompt_cache_key: 'p' }, 'r'],
    [{}, { prompt_cache_key: 'p', messages: [message('a')] }, 'p'],
    [{}, { previous_response_id: null, prompt_cache_key: '', model: 'm' }, undefined],
    [{ 'session-id': 's' }, 'not JSON', 's'],
  ])('names the conversation of %j %j: %s', (headers, body, conversation) => {
    expect(traits(body, headers).conversation).toBe(conversation);
  });

  it('else names it by the caller and the first messages, which stay while it goes on', () => {
    const begun = traits({ messages: [message('s'), message('a')] }).conversation;
    expect(begun).toBeDefined();
    expect(
      traits({ model: 'm', messages: [message('s'), message('a'), message('b'), message('c')] }).conversation,
    ).toBe(begun);
    expect(traits({ messages: [message('s'), message('other')] }).conversation).not.toBe(begun);
    expect(traits({ messages: [message('s'), message('a')] }, {}, 'another').conversation).not.toBe(begun);
    expect(traits({ input: 'a text' }).conversation).toBeDefined();
    expect(traits({ messages: [] }).conversation).toBeUndefined();
  });

  it('tells nothing of a body that was not read', () => {
    expect(traitsOf({}, undefined, 'c')).toEqual({ model: '', conversation: undefined });
  });
});
