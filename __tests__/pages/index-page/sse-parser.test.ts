import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createParser } from 'eventsource-parser';
import { createSseParser, type SseFields } from '../../../src/pages/index-page/sse-parser';

function parse(chunks: readonly string[]): string[] {
  const events: string[] = [];
  const push = createSseParser((data) => events.push(data));
  chunks.forEach((chunk) => push(chunk));
  return events;
}

describe('the page’s parser of server-sent events', () => {
  it.each([
    ['one event', 'data: a\n\n', ['a']],
    ['no space, or two', 'data:a\n\ndata:  b\n\n', ['a', ' b']],
    ['several lines', 'data: a\ndata: b\n\n', ['a\nb']],
    ['CRLF', 'data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', ['a\nb', 'c']],
    ['CR alone', 'data: a\r\rdata: b\r\r', ['a', 'b']],
    [
      'comments, and fields it does not know',
      ': hi\nevent: x\nid: 1\nretry: 2\ndatabase: y\ndata: a\n\n',
      ['a'],
    ],
    ['a comment where an event could be', ':\n\n\n\ndata: a\n\n', ['a']],
    ['an event without data', 'event: ping\n\ndata: a\n\n', ['a']],
    ['a field without a colon', 'data\n\n', ['']],
    ['a colon in the value', 'data: {"a":"b: c"}\n\n', ['{"a":"b: c"}']],
    ['an event that never ended', 'data: a\n\ndata: b\n', ['a']],
    ['more than ASCII', 'data: 你好 🙂 café\n\n', ['你好 🙂 café']],
  ])('reads %s, wherever the text is cut', (_what, text, expected) => {
    expect(parse([text])).toEqual(expected);
    expect(parse(text.match(/[^]/gu) ?? [])).toEqual(expected);
    for (let cut = 0; cut <= text.length; cut++) {
      expect(parse([text.slice(0, cut), '', text.slice(cut)])).toEqual(expected);
    }
  });

  it('tells the name, the id and the pause of an event, and of no other', () => {
    const events: [string, SseFields][] = [];
    const push = createSseParser((data, fields) => events.push([data, fields]));
    push('retry: 3000\nevent: request\nid: 7\ndata: a\n\nretry: soon\ndata: b\n\n');
    expect(events).toEqual([
      ['a', { event: 'request', id: '7', retryMs: 3_000 }],
      ['b', {}],
    ]);
  });

  const folder = path.resolve(__dirname, '../../fixtures/streams');
  it.each(readdirSync(folder))('reads the recorded %s as a well-known parser does', (name) => {
    const text = readFileSync(path.join(folder, name), 'utf8');
    const expected: string[] = [];
    createParser({ onEvent: ({ data }) => expected.push(data) }).feed(text);
    expect(expected.length).toBeGreaterThan(2);
    expect(parse([text])).toEqual(expected);
    expect(parse(text.match(/[^]{1,7}/g) ?? [])).toEqual(expected);
  });
});
