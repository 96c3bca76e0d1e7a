import { requestIdIn } from '../../../src/proxy/response/meter-exchange';

it.each([
  ['OpenAI’s header', ['Content-Type', 'x', 'X-Request-Id', 'req_1'], 'req_1'],
  ['Anthropic’s header', ['request-id', 'req_2'], 'req_2'],
  [
    'the most telling header, wherever it stands',
    ['CF-Ray', 'ray', 'x-request-id', 'req_3', 'request-id', 'no'],
    'req_3',
  ],
  ['the next header if the best one is no plain id', ['x-request-id', 'a b', 'cf-ray', 'ray-4'], 'ray-4'],
  ['no header with an id of 129 characters', ['x-request-id', 'a'.repeat(129)], undefined],
  ['no other header', ['x-id', 'req_5', 'etag', 'req_6'], undefined],
  ['none where there are none', [], undefined],
])('requestIdIn finds %s', (_what, rawHeaders, id) => {
  expect(requestIdIn(rawHeaders)).toBe(id);
});
