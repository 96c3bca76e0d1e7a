import { JsonBody } from '../../../src/json/json-body';
import { MAX_MODEL_BYTES } from '../../../src/proxy/routing/model-routes';
import { requestedModels } from '../../../src/proxy/limits/requested-models';

const LONGEST = 'm'.repeat(MAX_MODEL_BYTES);
const CHAT = '/v1/chat/completions';

it.each<[string, string | undefined, string, readonly string[] | undefined]>([
  ['its body', '{"model":"gpt-5-mini"}', CHAT, ['gpt-5-mini']],
  ['an escaped name', '{"model":"gpt\\u002d5"}', CHAT, ['gpt-5']],
  ['Google’s path', '{}', '/v1beta/models/gemini-3-pro:generateContent', ['gemini-3-pro']],
  ['an encoded path', '{}', '/v1beta/models/gemini%2d3:generateContent', ['gemini-3']],
  ['Azure’s path', '{"model":"cheap"}', '/openai/deployments/dear/chat/completions', ['dear', 'cheap']],
  [
    'path and body, which differ',
    '{"model":"cheap"}',
    '/v1beta/models/dear:generateContent',
    ['dear', 'cheap'],
  ],
  ['its query', undefined, '/v1/realtime?model=gpt-realtime&x=1', ['gpt-realtime']],
  ['two in the query', undefined, '/v1/realtime?model=cheap&model=dear', ['cheap', 'dear']],
  ['OpenRouter’s list', '{"model":"cheap","models":["dear","x"]}', CHAT, ['cheap', 'dear', 'x']],
  // Some parsers obey the first, or take no notice of case: each may be the one that counts.
  ['a member twice', '{"model":"dear","x":1,"model":"cheap"}', CHAT, ['dear', 'cheap']],
  ['other spellings', '{"Model":"dear","model":"cheap","MODEL":"x"}', CHAT, ['dear', 'cheap', 'x']],
  ['another spelling of the list', '{"model":"cheap","Models":["dear"]}', CHAT, ['cheap', 'dear']],
  ['a letter that is an s to Go', '{"model":"cheap","model\u017f":["dear"]}', CHAT, ['cheap', 'dear']],
  ['an escaped member', '{"model":"cheap","Mode\\u006c":"dear"}', CHAT, ['cheap', 'dear']],
  ['members that begin alike', '{"model_id":"x","modelx":1,"model":"cheap"}', CHAT, ['cheap']],
  ['another spelling that is no string', '{"model":"cheap","Model":{"id":"dear"}}', CHAT, undefined],
  ['a list with something else', '{"model":"cheap","models":["dear",1]}', CHAT, undefined],
  ['a list with an empty name', '{"model":"cheap","models":["dear",""]}', CHAT, undefined],
  ['a name of the greatest length', `{"model":"${LONGEST}"}`, CHAT, [LONGEST]],
  ['a longer name', `{"model":"${LONGEST}x"}`, CHAT, undefined],
  [
    'a hundred and one',
    `{${'"Model":"x",'.repeat(100)}"model":"cheap"}`,
    CHAT,
    [...Array<string>(100).fill('x'), 'cheap'],
  ],
  ['a hundred and two', `{${'"Model":"x",'.repeat(101)}"model":"cheap"}`, CHAT, undefined],
  ['a member with a long name', `{"${'model'.repeat(100)}":"dear","model":"cheap"}`, CHAT, ['cheap']],
  ['an empty name', '{"model":""}', CHAT, undefined],
  ['a thousand members', `{${'"Model":"dear",'.repeat(1_000)}"model":"cheap"}`, CHAT, undefined],
  ['no place', '{"messages":[]}', CHAT, []],
  ['no body', undefined, '/v1/models', []],
  ['a model that is no string', '{"model":5}', CHAT, undefined],
  ['a list that is none', '{"model":"cheap","models":"dear"}', CHAT, undefined],
  ['a list of something else', '{"model":"cheap","models":[{"id":"dear"}]}', CHAT, undefined],
  ['a list of 5 KB', `{"models":[${'"dear",'.repeat(800)}"x"]}`, CHAT, undefined],
  ['a body that is no object', '[1]', CHAT, undefined],
])('requestedModels finds what a request names in %s', (_where, body, target, models) => {
  const json = body === undefined ? undefined : new JsonBody(Buffer.from(body));
  expect(requestedModels(json, target)).toEqual(models);
});

it('requestedModels has what is sent in place of the body’s model, beside what other members name', () => {
  const of = (body: string) => requestedModels(new JsonBody(Buffer.from(body)), CHAT, 'sent');
  expect(of('{"model":"alias","Model":"dear"}')).toEqual(['sent', 'dear']);
  expect(of('{"model":"alias","models":["dear"]}')).toEqual(['sent', 'dear']);
  expect(of('{"messages":[]}')).toEqual([]);
});
