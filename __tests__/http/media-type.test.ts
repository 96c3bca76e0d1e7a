import { isEventStream } from '../../src/http/media-type';

describe('isEventStream', () => {
  it.each([
    ['text/event-stream', true],
    ['Text/Event-Stream; charset=utf-8', true],
    ['text/event-streams', false],
    ['application/json; of=text/event-stream', false],
    ['', false],
    [undefined, false],
  ])('of %j is %s', (type, expected) => {
    expect(isEventStream(type)).toBe(expected);
  });
});
