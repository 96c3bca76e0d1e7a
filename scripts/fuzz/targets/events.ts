import { validateHeaderName, validateHeaderValue } from 'node:http';
import { ProxyError } from '../../../src/errors/proxy-error';
import { readConfig } from '../../../src/config/read-config';
import { createEventHandler } from '../../../src/event/handler';
import { normaliseEvent, type NormalEvent } from '../../../src/event/normalise-event';
import type { EventResponse } from '../../../src/event/response';
import { expectSame, expectThat, nested, type Target } from '../target';

const CORPUS = [
  '{"httpMethod":"POST","path":"/v1/chat/completions","headers":{"content-type":"application/json","x-api-key":"k"},"queryString":{"a":["1","2"]},"body":"{\\"model\\":\\"m\\"}","requestContext":{"sourceIp":"203.0.113.7","stage":"release"}}',
  '{"httpMethod":"GET","path":"/release/v1/models","headers":{"Host":"x","X-Forwarded-For":"1.2.3.4","Content-Length":"3"},"queryString":"a=1&b=%20&a=2","isBase64Encoded":true,"body":"AAEC"}',
  '{"httpMethod":"GET","path":"","headers":{"a":["1",2,true,null,["x"]]},"queryStringParameters":{"q":"\u4f60"},"body":null}',
  '{"httpMethod":"PUT","path":"/a b\u00e9","headers":{"x":"\u4f60","__proto__":"y"},"body":{"a":1},"requestContext":{"stage":"v1"}}',
  `{"httpMethod":"GET","path":"/","headers":{"a":${nested(8_000)}}}`,
  `{"httpMethod":"GET","path":"/","body":${nested(8_000)}}`,
];
const WORDS = [
  ...[
    '"path":',
    '"httpMethod":',
    '"headers":',
    '"body":',
    '"queryString":',
    '"requestContext":',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
  ],
  ...[
    'null',
    'true',
    '1e999',
    '-1',
    '"\\u0000"',
    '"\\r\\nx: y"',
    '"\\ud800"',
    '"__proto__"',
    '"constructor"',
    '"TRACE"',
    '"release"',
    '"/"',
    '"a":"b"',
  ],
];
const OPTIONS = { stagePrefixes: ['release'], remainingMs: 5_000 };

export const normalEvent: Target<NormalEvent | undefined> = {
  name: 'event',
  about: 'normaliseEvent; what Node lets through, and the event itself',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 64 * 1_024,
  share: 0.5,
  subject(input) {
    const event = parsed(input);
    return event === undefined ? undefined : normaliseEvent(event, OPTIONS);
  },
  isDocumented: isDocumented,
  compare(input, normal) {
    const event = parsed(input) as Record<string, unknown> | undefined;
    if (!normal || !event) return;
    expectSame('the method', normal.httpMethod, event['httpMethod']);
    expectThat('the path is of ASCII', /^[^ \u0080-\uffff]*$/.test(normal.path));
    normal.rawHeaders.forEach((part, at) => {
      if (at % 2 === 0) validateHeaderName(part);
      else validateHeaderValue('x', part);
    });
    const body = event['body'] ?? '';
    expectSame('the body', normal.body, typeof body === 'string' ? body : JSON.stringify(body));
    const query = event['queryString'] ?? event['queryStringParameters'];
    if (typeof query !== 'string') return;
    const reference = new URLSearchParams(query);
    for (const name of reference.keys())
      expectSame(
        'a parameter',
        Object.getOwnPropertyDescriptor(normal.multiValueQueryStringParameters, name)?.value,
        reference.getAll(name),
      );
  },
};

/** The two errors that `normaliseEvent` names. */
function isDocumented(error: unknown): boolean {
  if (error instanceof ProxyError) return error.code === 'bad-request';
  return error instanceof Error && error.message.startsWith('This function handles only HTTP requests');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const handle = createEventHandler(
  (request, response) => {
    response.setHeader('x-method', request.method ?? '');
    request.pipe(response);
  },
  { config: readConfig({}), logger: { error: () => undefined, info: () => undefined } },
);

export const eventHandler: Target<EventResponse | undefined> = {
  name: 'event-handler',
  about: 'an event function whose listener echoes the body; every HTTP event gets a response',
  corpus: CORPUS,
  words: WORDS,
  maxLength: 16 * 1_024,
  share: 0.3,
  subject(input) {
    const event = parsed(input);
    return event === undefined ? undefined : handle(event, {});
  },
  isDocumented: (error) => !(error instanceof ProxyError) && isDocumented(error),
  compare(input, response) {
    const event = parsed(input) as Record<string, unknown> | undefined;
    if (!response || !event) return;
    expectThat('the status is one', Number.isInteger(response.statusCode) && response.statusCode >= 200);
    const body = event['body'] ?? '';
    if (
      response.statusCode !== 200 ||
      event['isBase64Encoded'] === true ||
      event['isBase64Encoded'] === 'true'
    )
      return;
    const sent = Buffer.from(response.body, response.isBase64Encoded ? 'base64' : 'utf8').toString();
    const isWithoutBody = ['HEAD', 'CONNECT'].includes(String(event['httpMethod']));
    if (!isWithoutBody)
      expectSame(
        'the body',
        sent,
        Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)).toString(),
      );
  },
};
