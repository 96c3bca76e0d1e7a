import type { Cell, Way } from '../../../scripts/chaos/cell';
import type { Reply } from '../../../scripts/chaos/client';
import { bodyOf, firstPartOf } from '../../../scripts/chaos/upstream/healthy';
import { outcomeOf, violationsOf } from '../../../scripts/chaos/outcome';
import { CHAOS_KEY } from '../../../scripts/chaos/secrets';

const WAY: Way = { name: 'closes the connection', at: ['middle'] };
const STREAMED: Cell = { transport: 'HTTP/1.1', form: 'streamed', moment: 'middle', way: WAY };
const WHOLE: Cell = { ...STREAMED, form: 'whole' };
const EVENT = 'data: {"error":{"message":"m","type":"server_error","param":null,"code":"upstream-cut"}}\n\n';

function reply(parts: Partial<Reply>): Reply {
  return { status: 200, headers: {}, rawHeaders: [], body: '', isComplete: true, hasEnded: true, ...parts };
}

function errorReply(code: string, status: number): Reply {
  const body = JSON.stringify({ error: { message: 'm', type: 'server_error', param: null, code } });
  return reply({ status, body, headers: { 'x-proxy-error': code } });
}

describe('the outcome of a cell', () => {
  it.each<[string, Reply, Cell]>([
    ['complete', reply({ body: bodyOf(STREAMED) }), STREAMED],
    ['complete', reply({ body: bodyOf(WHOLE) }), WHOLE],
    ['complete, as sent', reply({ body: 'noise' }), WHOLE],
    ['cut', reply({ body: firstPartOf(WHOLE), isComplete: false }), WHOLE],
    [
      'cut, upstream-cut',
      reply({ body: `${firstPartOf(STREAMED)}\n\n${EVENT}`, isComplete: false }),
      STREAMED,
    ],
    ['502 upstream-reset', errorReply('upstream-reset', 502), STREAMED],
    ['500, as sent', reply({ status: 500 }), WHOLE],
    ['500, cut', reply({ status: 500, isComplete: false }), WHOLE],
    ['no response', reply({ status: 0, isComplete: false }), WHOLE],
    ['no end', reply({ isComplete: false, hasEnded: false }), WHOLE],
  ])('is "%s"', (outcome, got, cell) => {
    expect(outcomeOf(got, cell)).toBe(outcome);
  });
});

describe('what must hold in every cell', () => {
  it.each<[string, Reply, Cell]>([
    ['a whole response', reply({ body: bodyOf(STREAMED) }), STREAMED],
    ['an error response', errorReply('upstream-reset', 502), STREAMED],
    [
      'a cut stream with an event',
      reply({ body: `${firstPartOf(STREAMED)}\n\n${EVENT}`, isComplete: false }),
      STREAMED,
    ],
    ['a cut response', reply({ body: firstPartOf(WHOLE), isComplete: false }), WHOLE],
    ['bytes as they were sent', reply({ body: 'noise' }), { ...WHOLE, way: { ...WAY, alters: true } }],
  ])('holds for %s', (_what, got, cell) => {
    expect(violationsOf(got, cell, 1)).toEqual([]);
  });

  const cut = reply({ body: firstPartOf(STREAMED), isComplete: false });
  it.each<[string, Reply, Cell, number]>([
    ['the client got no end', { ...cut, hasEnded: false }, WHOLE, 1],
    ['the client got no response', reply({ status: 0 }), WHOLE, 1],
    ['the upstream got 2 requests', errorReply('upstream-reset', 502), WHOLE, 2],
    [
      'the upstream got 3 requests',
      errorReply('upstream-reset', 502),
      { ...WHOLE, way: { ...WAY, isUnprocessed: true } },
      3,
    ],
    ['the response contains a secret', reply({ status: 500, body: CHAOS_KEY }), WHOLE, 1],
    ['the response contains a secret', reply({ status: 500, rawHeaders: ['X-Key', CHAOS_KEY] }), WHOLE, 1],
    ['the error response is cut', { ...errorReply('upstream-reset', 502), isComplete: false }, WHOLE, 1],
    [
      'the error response does not have the form of the provider',
      errorReply('upstream-reset', 504),
      WHOLE,
      1,
    ],
    ['the error response does not have the form of the provider', errorReply('no-such-code', 502), WHOLE, 1],
    ['a response that is not whole appears complete', reply({ body: firstPartOf(WHOLE) }), WHOLE, 1],
    ['the stream has no error event', cut, STREAMED, 1],
    ['bytes that were sent are lost', reply({ body: EVENT, isComplete: false }), STREAMED, 1],
    [
      'a response that was whole did not arrive',
      errorReply('upstream-reset', 502),
      { ...WHOLE, moment: 'end' },
      1,
    ],
  ])('does not hold: %s', (sentence, got, cell, requests) => {
    expect(violationsOf(got, cell, requests)).toContain(sentence);
  });
});
