import { JsonBody } from '../../../src/json/json-body';
import { asksForStream, traitsOf } from '../../../src/proxy/keys/request-traits';
import { quickHash } from '../../../src/proxy/keys/rendezvous-hash';

const traits = (body: object | string, headers = {}, client = 'ann', target = '') =>
  traitsOf(
    headers,
    new JsonBody(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
    client,
    target,
  );
const message = (content: string) => ({ role: 'user', content });
const ofAnn = (name: string) => `${quickHash(Buffer.from('ann'))}:${name}`;

describe('the traits of a request', () => {
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
  ])('name the model of %j', (body, model) => {
    expect(traits(body).model).toBe(model);
  });

  it.each([
    [{ 'x-claude-code-session-id': 's1', 'session-id': 's2' }, {}, 's1'],
    [{ 'session-id': 's2', session_id: 's3' }, {}, 's2'],
    [{ session_id: 's3', 'x-session-id': 's4' }, {}, 's3'],
    [{ 'x-session-id': 's4', 'x-session-affinity': 's5' }, {}, 's4'],
    [{ 'x-session-affinity': 's5' }, { prompt_cache_key: 'p' }, 's5'],
    [{ 'session-id': '' }, { prompt_cache_key: 'p' }, 'p'],
    [{ 'session-id': 's' }, 'not JSON', 's'],
    [{}, { prompt_cache_key: 'p', metadata: { user_id: 'u' } }, 'p'],
    [{}, { metadata: { user_id: 'user_1f_account_2_session_3' } }, 'user_1f_account_2_session_3'],
    [{}, { metadata: { user_id: '{"session_id":"s"}' } }, '{"session_id":"s"}'],
    [{}, { metadata: { user_id: 'u' }, conversation: 'conv_1', previous_response_id: 'resp_1' }, 'u'],
  ])('name the session of %j %j as the client does: %s', (headers, body, name) => {
    expect(traits(body, headers).session).toBe(ofAnn(name));
    expect(traits(body, headers).conversation).toBe(ofAnn(name));
  });

  it.each([
    [{ conversation: 'conv_1', previous_response_id: 'resp_1', input: 'x' }, 'conv_1'],
    [{ conversation: { id: 'conv_1' }, input: 'x' }, 'conv_1'],
    [{ previous_response_id: 'resp_1', input: 'x' }, 'resp_1'],
  ])('identify the conversation of %j, which has no session', (body, name) => {
    expect(traits(body).session).toBeUndefined();
    expect(traits(body).conversation).toBe(ofAnn(name));
  });

  it.each([
    [{ previous_response_id: null, prompt_cache_key: '', metadata: null, model: 'm' }],
    [{ metadata: { user_id: 7 } }],
    [{ metadata: 'user_id' }],
    [{ messages: [] }],
    [{ input: '' }],
    ['not JSON'],
  ])('are empty for %j', (body) => {
    expect(traits(body)).toEqual({
      model: expect.any(String) as string,
      session: undefined,
      conversation: undefined,
    });
  });

  it('are empty for a body that was not read', () => {
    expect(traitsOf({}, undefined, 'ann')).toEqual({
      model: '',
      session: undefined,
      conversation: undefined,
    });
  });

  it('distinguish sessions of the same name by their clients', () => {
    const session = (client: string) => traits({}, { 'session-id': '1' }, client).session;
    expect(session('ann')).toBe(session('ann'));
    expect(session('ann')).not.toBe(session('bob'));
  });

  it('distinguish long names by their ends, and keep none of them', () => {
    const long = (end: string) => 'n'.repeat(5_000) + end;
    const name = traits({}, { 'session-id': long('a') }).session;
    expect(name?.length).toBeLessThan(40);
    expect(traits({ prompt_cache_key: long('a') }).session).toBe(name);
    expect(traits({ prompt_cache_key: long('b') }).session).not.toBe(name);
  });

  it('find no session in metadata that is too large to be one', () => {
    expect(traits({ metadata: { a: 'x'.repeat(20_000), user_id: 'u' } }).session).toBeUndefined();
  });

  it.each([
    ['/v1/files', true],
    ['/v1/files?limit=3', true],
    ['/upload/v1beta/files?uploadType=multipart', true],
    ['/v1/vector_stores/vs_1/files', true],
    ['/v1/threads/thread_1/runs', true],
    ['/v1/responses', false],
    ['/v1/batches', false],
    ['/v1/chat/completions', false],
    ['/v1/models?files', false],
    ['/v1/evals', true],
  ])('keep what a client uses together on one key: %s %s', (target, together) => {
    const one = traitsOf({}, undefined, 'ann', target).session;
    expect(one).toBe(together ? ofAnn('/objects') : undefined);
    expect(traitsOf({ 'session-id': 's' }, undefined, 'ann', target).session).toBe(ofAnn('s'));
  });
});

describe('the pages of a list', () => {
  it.each([
    ['/v1/batches?limit=2', true],
    ['/v1/chat/completions', true],
    ['/v1beta/cachedContents?pageToken=t', true],
    ['/v1/models', false],
    ['/v1beta/models?pageToken=t', false],
    ['/v1/batches/batch_1', false],
  ])('come from one key of a client: %s %s', (target, isOne) => {
    const { session } = traitsOf({}, undefined, 'ann', target, 'GET');
    expect(session).toBe(isOne ? ofAnn('/objects') : undefined);
  });
});

describe('a conversation without a name', () => {
  const opening = (body: object, client = 'ann') => traits(body, {}, client).conversation;

  it('is named by its client and its first user message', () => {
    const begun = opening({ messages: [message('a')] });
    expect(begun).toBeDefined();
    expect(opening({ model: 'm', messages: [message('a'), message('b'), message('c')] })).toBe(begun);
    expect(opening({ messages: [message('other')] })).not.toBe(begun);
    expect(opening({ messages: [message('a')] }, 'bob')).not.toBe(begun);
    expect(traits({ messages: [message('a')] }).session).toBeUndefined();
  });

  it.each([
    ['instructions before it', [{ role: 'system', content: 'It is 10:01.' }, message('a')]],
    ['other instructions', [{ role: 'developer', content: [{ type: 'text', text: 'b' }] }, message('a')]],
    ['a greeting', [{ role: 'system', content: 's' }, { role: 'assistant', content: 'hello' }, message('a')]],
    ['its parts in a list', [{ role: 'user', content: [{ type: 'text', text: 'a' }] }]],
    [
      'a cache mark',
      [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }],
    ],
    [
      'a mark on the message',
      [{ role: 'user', content: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    ],
    ['the role behind the text', [{ content: 'a', role: 'user' }]],
    [
      'an id and a status',
      [{ id: 'msg_1', type: 'message', role: 'user', content: 'a', status: 'completed' }],
    ],
    ['no role', [{ content: 'a' }]],
    ['a greeting whose role is behind it', [{ content: 'hello', role: 'assistant' }, message('a')]],
  ])('is the same with %s', (_, messages) => {
    expect(opening({ messages })).toBe(opening({ messages: [message('a')] }));
  });

  it.each([
    ['a string', 'a'],
    ['a string in an item', [{ role: 'user', content: 'a' }]],
    ['an input_text', [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'a' }] }]],
    [
      'reasoning before it',
      [
        { type: 'reasoning', summary: [{ type: 'summary_text', text: 'b' }] },
        { role: 'user', content: 'a' },
      ],
    ],
  ])('is the same if the input of a response is %s', (_, input) => {
    expect(opening({ input })).toBe(opening({ messages: [message('a')] }));
  });

  it.each([
    ['contents', [{ role: 'user', parts: [{ text: 'a' }] }]],
    ['contents without a role', [{ parts: [{ text: 'a' }] }]],
    ['contents with the role behind', [{ parts: [{ text: 'a' }], role: 'user' }]],
    ['one content', { parts: { text: 'a' } }],
  ])("is the same in Google's %s", (_, contents) => {
    expect(opening({ contents })).toBe(opening({ messages: [message('a')] }));
  });

  it.each([800, 1_000, 1_015, 1_024, 1_100, 2_040, 5_000, 200_000])(
    'is the same with and without a list and a mark around a text of %i bytes',
    (size) => {
      for (const text of ['x'.repeat(size), '\\"'.repeat(size / 2), '{"text": "y"}, '.repeat(size / 15)]) {
        const plain = opening({ messages: [message(text)] });
        const marked = { type: 'text', text, cache_control: { type: 'ephemeral' } };
        expect(opening({ messages: [{ role: 'user', content: [marked] }] })).toBe(plain);
        expect(opening({ messages: [{ content: text, role: 'user' }] })).toBe(plain);
        expect(opening({ messages: [message(`${text}!`)] })).not.toBe(plain);
        expect(opening({ messages: [message(`!${text}`)] })).not.toBe(plain);
      }
    },
  );

  it('is identified by all parts of its first message', () => {
    const parts = (...texts: string[]) =>
      opening({ messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }] });
    expect(parts('reminder', 'a')).toBe(parts('reminder', 'a'));
    expect(parts('reminder', 'a')).not.toBe(parts('reminder', 'b'));
    expect(parts('reminder', 'a')).not.toBe(parts('another', 'a'));
  });

  const mark = { cache_control: { type: 'ephemeral', ttl: '5m' } };
  const inParts = (content: readonly object[], space?: number) =>
    traits(JSON.stringify({ messages: [{ role: 'user', content }] }, null, space)).conversation;

  it.each([undefined, 2])('is the same with marks on any of its parts, with a space of %s', (space) => {
    const [a, b] = [{ text: 'a' }, { text: 'b' }];
    const plain = inParts([a, b], space);
    expect(inParts([a, { ...b, ...mark }], space)).toBe(plain);
    expect(inParts([{ ...a, ...mark }, b], space)).toBe(plain);
    expect(inParts([a, { ...mark, ...b }], space)).toBe(plain); // as serialisers write it that sort the names
    expect(
      inParts(
        [
          { ...a, cache_control: null },
          { ...mark, ...b },
        ],
        space,
      ),
    ).toBe(plain);
    const typed = { type: 'text' };
    const between = [
      { ...a, ...mark, ...typed },
      { ...b, ...mark, ...typed },
    ];
    expect(inParts(between, space)).toBe(
      inParts(
        [
          { ...a, ...typed },
          { ...b, ...typed },
        ],
        space,
      ),
    );
    expect(inParts([a, { text: 'c' }], space)).not.toBe(plain);
  });

  it('is the same with and without a mark, wherever the end of what is searched falls', () => {
    const first = { type: 'text', text: 'x'.repeat(1_500) };
    for (let size = 900; size < 1_100; size++) {
      const last = { type: 'text', text: 'y'.repeat(size) };
      expect(inParts([first, { ...last, ...mark }])).toBe(inParts([first, last]));
    }
  });

  it('keeps what looks like a mark in a text', () => {
    const [one, other] = ['"cache_control":{"a":1}', '"cache_control":{"b":1}'];
    expect(opening({ messages: [message(one)] })).not.toBe(opening({ messages: [message(other)] }));
    expect(inParts([{ text: one }, { text: 'b' }])).not.toBe(inParts([{ text: other }, { text: 'b' }]));
  });

  it('is found behind many instructions', () => {
    const instructions = Array.from({ length: 20 }, (_, at) => ({ role: 'system', content: `part ${at}` }));
    const plain = opening({ messages: [message('a')] });
    expect(opening({ messages: [...instructions, message('a')] })).toBe(plain);
  });

  it('is identified by the data of an image', () => {
    const image = (data: string, more = {}) =>
      opening({
        messages: [
          {
            role: 'user',
            content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data }, ...more }],
          },
        ],
      });
    const data = 'iVBOR'.repeat(100_000);
    expect(image(data, { cache_control: { type: 'ephemeral' } })).toBe(image(data));
    expect(image(`${data}A`)).not.toBe(image(data));
  });

  it('is identified by its first message if none is the user’s', () => {
    const system = (content: string) => opening({ messages: [{ role: 'system', content }] });
    expect(system('a')).toBe(system('a'));
    expect(system('a')).not.toBe(system('b'));
  });

  it('is identified by 2 KB of a text of 50 MB', () => {
    const bytes = Buffer.from(JSON.stringify({ messages: [message('x'.repeat(50_000_000))] }));
    const json = new JsonBody(bytes);
    const before = traitsOf({}, json, 'ann').conversation;
    bytes.fill('y', 5_000, bytes.length - 5_000); // the middle is not read
    expect(traitsOf({}, json, 'ann').conversation).toBe(before);
    bytes.fill('y', 100, 200);
    expect(traitsOf({}, json, 'ann').conversation).not.toBe(before);
  });
});

describe('a chat', () => {
  const CHAT = '/v1/chat/completions';
  it.each([
    ['{"stream":true}', CHAT, true],
    ['{"stream": true, "messages": []}', CHAT, true],
    ['{"stream":false,"stream":true}', CHAT, true],
    ['{"stream":false}', CHAT, false],
    ['{"stream":"true"}', CHAT, false],
    ['{"stream":1}', CHAT, false],
    ['{"streams":true}', CHAT, false],
    ['{}', CHAT, false],
    ['[{"stream":true}]', CHAT, false],
    ['{"stream":true', CHAT, false],
    ['{}', '/v1beta/models/gemini:streamGenerateContent', true],
    ['{}', '/v1beta/models/gemini:generateContent', false],
  ])('with %s to %s asks for a stream: %s', (body, path, expected) => {
    expect(asksForStream(new JsonBody(Buffer.from(body)), path)).toBe(expected);
  });

  it('without a body that was read asks for none', () => {
    expect(asksForStream(undefined, '/v1beta/models/gemini:streamGenerateContent')).toBe(false);
  });
});

describe('a model in a target', () => {
  it.each([
    ['/v1beta/models/gemini-2.5:generateContent', 'gemini-2.5'],
    ['/v1/realtime?model=gpt-realtime', 'gpt-realtime'],
    ['/v1/realtime?a=1&model=gpt-realtime&b=2', 'gpt-realtime'],
    ['/v1/realtime?xmodel=gpt-realtime', ''],
    ['/v1/models/', ''],
    [`/v1beta/models/${'x'.repeat(201)}:generateContent`, 'x'.repeat(200)],
    ['/v1/chat/completions', ''],
  ])('%s is %j', (target, model) => {
    expect(traits({}, {}, 'ann', target).model).toBe(model);
    expect(traits('not JSON', {}, 'ann', target).model).toBe(model);
  });

  it('comes after the one in the body', () => {
    expect(traits({ model: 'own' }, {}, 'ann', '/v1/realtime?model=other').model).toBe('own');
  });
});
