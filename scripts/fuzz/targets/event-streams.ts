import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { dataOf, eventsIn } from '../../../src/meter/text/events';
import { Tap } from '../../../src/meter/tap';
import { createSseParser } from '../../../src/pages/index-page/sse-parser';
import { failureInEvent } from '../../../src/providers/errors/in-event';
import { failureAtEnd } from '../../../src/proxy/upstream/first-event';
import type { Random } from '../random';
import { expectSame, piecesOf, type Target } from '../target';

const FAILURE = 'data: {"error":{"message":"overloaded","type":"server_error","code":"slow_down"}}\n\n';
const CORPUS = [
  `data: {"choices":[{"delta":{"content":"a"}}]}\n\n${FAILURE}data: [DONE]\n\n`,
  'event: error\r\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\r\n\r\n',
  'event: response.failed\ndata: {"type":"response.failed","response":{"error":{"code":"server_error"}}}\n\n',
  ': comment\n\nid: 1\nretry: 5\ndata: one\ndata: two\n\ndata:{"object":"error","message":"m","code":429}\r\r',
  `\ufeffdata: {"a":"${'x'.repeat(5_000)}"}\n\ndata: {"b":"${'y'.repeat(6_000)}"}\n\n${FAILURE}`,
];
const WORDS = [
  ...[
    'data:',
    'data: ',
    'data',
    'event: error\n',
    ':',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '\r\r',
    '\r\n\r\n',
    ' ',
    'id: 1\n',
    'retry: x\n',
  ],
  ...[
    FAILURE,
    'data: [DONE]\n\n',
    '"error":',
    '{"error":{"code":"slow_down"}}',
    '"failed"',
    '\ufeff',
    '{',
    '}',
    'x'.repeat(4_000),
  ],
];

export const streamEnd: Target = {
  name: 'sse-tail',
  about: 'failureAtEnd of the last 8 KB; eventsource-parser over all of it',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 32 * 1_024,
  share: 0.7,
  subject(input, random) {
    const tap = new Tap({ isEventStream: true });
    for (const piece of piecesOf(Buffer.from(input), random)) tap.push(piece);
    const failure = failureAtEnd(tap.text());
    tap.release();
    return failure;
  },
  compare(input, result) {
    const bytes = Buffer.from(input);
    const text = bytes.toString();
    const whole = `${text}\n\n`;
    const failures = eventsOf(whole).flatMap((event) => failureIn(event) ?? []);
    const expected = failures.at(-1);
    if (bytes.length <= 8_192) expectSame('the failure', result, expected);
    // Of a longer stream the event may be missing, but none may be made up.
    else if (result !== undefined) expectSame('the last failure', result, expected);
  },
};

function failureIn({ data, event: name }: EventSourceMessage): unknown {
  try {
    return failureInEvent(JSON.parse(data), name);
  } catch {
    return undefined;
  }
}

/**
 * The events that have data, by the package. It gets the whole: where a piece ends with a carriage return that is a
 * line of its own, it loses the event.
 */
function eventsOf(text: string): readonly EventSourceMessage[] {
  const found: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => found.push(event) });
  parser.feed(text);
  // The package waits for what follows a carriage return.
  if (text.endsWith('\r')) parser.feed('\n');
  return found.filter(({ data }) => data !== '');
}

function dataOfEvents(text: string): readonly string[] {
  return eventsOf(text).map(({ data }) => data);
}

interface Events {
  readonly meter: readonly string[];
  readonly page: readonly string[];
}

export const streamEvents: Target<Events> = {
  name: 'sse-events',
  about: 'the readers of the meter and of the page; eventsource-parser',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 32 * 1_024,
  share: 0.7,
  subject(input, random) {
    const page: string[] = [];
    const push = createSseParser((data) => page.push(data));
    for (const piece of stringPieces(input, random)) push(piece);
    return {
      meter: eventsIn(`${input}\n\n`, true, true)
        .whole.map(dataOf)
        .filter((data) => data !== ''),
      page: page.filter((data) => data !== ''),
    };
  },
  compare(input, { meter, page }) {
    const text = input.startsWith('\ufeff') ? input.slice(1) : input;
    expectSame(
      'the events of the page',
      input === text ? page : undefined,
      input === text ? dataOfEvents(text) : undefined,
    );
    const ended = `${input}\n\n`;
    if (input === text) expectSame('the events of the meter', meter, dataOfEvents(ended));
  },
};

function stringPieces(text: string, random: Random): readonly string[] {
  return piecesOf(text, random);
}
