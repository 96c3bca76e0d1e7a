import { OPENAI_HEADERS, send } from '../../helpers/http';
import { STREAM, startStreamingOverHttp2 } from '../../helpers/over-http2';
import type { RunningBundle } from '../../helpers/proxies';
import { startRawHttp2, type Http2Script, type RawHttp2Upstream } from '../../helpers/raw-http2';

/**
 * What a provider's side of a connection must not send, and what it may: by the sections of RFC 9113 (HTTP/2) and RFC 7541
 * (HPACK). A response in which something is wrong fails or is cut, and never appears complete; the request behind it is served.
 */
const DATA = 0x0;
const HEADERS = 0x1;
const PRIORITY = 0x2;
const RST_STREAM = 0x3;
const SETTINGS = 0x4;
const PUSH_PROMISE = 0x5;
const PING = 0x6;
const GOAWAY = 0x7;
const WINDOW_UPDATE = 0x8;
const CONTINUATION = 0x9;
const UNKNOWN = 0xbe;

const ACK = 0x1;
const END_STREAM = 0x1;
const END_HEADERS = 0x4;
const PADDED = 0x8;

/** `:status 200` of the static table. */
const STATUS_200 = 0x88;
const EVENTS = 'data: 1\n\ndata: [DONE]\n\n';

/** A header without indexing, as text (RFC 7541 §6.2.2). */
function field(name: string, value: string): number[] {
  return [0, name.length, ...Buffer.from(name), value.length, ...Buffer.from(value)];
}

const TYPE = field('content-type', 'text/event-stream');
const head = (...fields: number[]) => [STATUS_200, ...TYPE, ...fields];
const setting = (id: number, value: number) => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id, 0);
  bytes.writeUInt32BE(value, 2);
  return bytes;
};
const whole = (script: Http2Script) => script.head().data(EVENTS, { last: true });

type Script = (script: Http2Script) => unknown;

const ALLOWED: readonly [what: string, script: Script][] = [
  ['§4.1: a frame of an unknown type', (s) => whole(s.frame(UNKNOWN, 0xff, [1, 2, 3]))],
  ['§4.1: undefined flags', (s) => s.frame(HEADERS, END_HEADERS | 0x40, head()).data(EVENTS, { last: true })],
  ['§5.3.2: a frame of priority', (s) => whole(s.frame(PRIORITY, 0, [0, 0, 0, 0, 16]))],
  [
    '§6.1: padded data',
    (s) => s.head().frame(DATA, PADDED | END_STREAM, [3, ...Buffer.from(EVENTS), 0, 0, 0]),
  ],
  ['§6.1: data without bytes', (s) => s.head().data('').data(EVENTS).data('', { last: true })],
  [
    '§6.2: padded headers',
    (s) => s.frame(HEADERS, END_HEADERS | PADDED, [2, ...head(), 0, 0]).data(EVENTS, { last: true }),
  ],
  ['§6.5: an unknown setting', (s) => whole(s.frame(SETTINGS, 0, setting(0xbebe, 1), 0))],
  ['§6.7: a ping', (s) => whole(s.frame(PING, 0, [1, 2, 3, 4, 5, 6, 7, 8], 0))],
  [
    '§6.9: more window',
    (s) => whole(s.frame(WINDOW_UPDATE, 0, [0, 0, 1, 0], 0).frame(WINDOW_UPDATE, 0, [0, 0, 1, 0])),
  ],
  [
    '§6.10: headers in pieces',
    (s) =>
      s
        .frame(HEADERS, 0, head().slice(0, 5))
        .frame(CONTINUATION, 0, head().slice(5, 9))
        .frame(CONTINUATION, END_HEADERS, head().slice(9))
        .data(EVENTS, { last: true }),
  ],
  [
    '§8.1: interim responses',
    (s) =>
      whole(
        s
          .frame(HEADERS, END_HEADERS, field(':status', '103'))
          .frame(HEADERS, END_HEADERS, field(':status', '102')),
      ),
  ],
  [
    '§8.1: trailers',
    (s) =>
      s
        .head()
        .data(EVENTS)
        .frame(HEADERS, END_HEADERS | END_STREAM, field('x-took', '12')),
  ],
];

const FORBIDDEN: readonly [what: string, script: Script][] = [
  ['§4.2: a frame larger than allowed', (s) => s.head().data('x'.repeat(20_000), { last: true })],
  ['§5.1: data on a stream that nobody has opened', (s) => s.frame(DATA, 0, [1], 99)],
  ['§5.1: headers on a stream of the server’s own', (s) => s.frame(HEADERS, END_HEADERS, head(), 2)],
  ['§5.1: a reset of a stream that nobody has opened', (s) => s.frame(RST_STREAM, 0, [0, 0, 0, 8], 99)],
  ['§5.1: a window of a stream that nobody has opened', (s) => s.frame(WINDOW_UPDATE, 0, [0, 0, 0, 8], 99)],
  ['§6.1: data of stream 0', (s) => s.head().frame(DATA, 0, [1], 0)],
  ['§6.1: more padding than data', (s) => s.head().frame(DATA, PADDED | END_STREAM, [9, 1, 2])],
  ['§6.2: headers of stream 0', (s) => s.frame(HEADERS, END_HEADERS, head(), 0)],
  ['§6.2: more padding than headers', (s) => s.frame(HEADERS, END_HEADERS | PADDED, [99, ...head()])],
  ['§6.2: data between pieces of headers', (s) => s.frame(HEADERS, 0, head()).data(EVENTS, { last: true })],
  ['§6.3: a priority of stream 0', (s) => s.frame(PRIORITY, 0, [0, 0, 0, 0, 16], 0)],
  ['§6.4: a reset of stream 0', (s) => s.frame(RST_STREAM, 0, [0, 0, 0, 8], 0)],
  ['§6.4: a reset of three bytes', (s) => s.frame(RST_STREAM, 0, [0, 0, 8])],
  ['§6.5: settings of a stream', (s) => s.frame(SETTINGS, 0, [])],
  ['§6.5: settings of five bytes', (s) => s.frame(SETTINGS, 0, [0, 1, 0, 0, 0], 0)],
  ['§6.5: acknowledged settings with bytes', (s) => s.frame(SETTINGS, ACK, setting(1, 1), 0)],
  ['§6.5.2: push by the server', (s) => s.frame(SETTINGS, 0, setting(2, 1), 0)],
  ['§6.5.2: a window above the maximum', (s) => s.frame(SETTINGS, 0, setting(4, 0x80000000), 0)],
  ['§6.5.2: frames below the minimum', (s) => s.frame(SETTINGS, 0, setting(5, 100), 0)],
  ['§6.6: a push, which is turned off', (s) => s.frame(PUSH_PROMISE, END_HEADERS, [0, 0, 0, 2, STATUS_200])],
  ['§6.7: a ping of a stream', (s) => s.frame(PING, 0, [1, 2, 3, 4, 5, 6, 7, 8])],
  ['§6.7: a ping of six bytes', (s) => s.frame(PING, 0, [1, 2, 3, 4, 5, 6], 0)],
  ['§6.8: a farewell of a stream', (s) => s.frame(GOAWAY, 0, [0, 0, 0, 0, 0, 0, 0, 0])],
  ['§6.9: no more window, of the connection', (s) => s.frame(WINDOW_UPDATE, 0, [0, 0, 0, 0], 0)],
  ['§6.9: no more window, of the stream', (s) => s.frame(WINDOW_UPDATE, 0, [0, 0, 0, 0])],
  ['§6.9: a window of three bytes', (s) => s.frame(WINDOW_UPDATE, 0, [0, 0, 1], 0)],
  ['§6.9.1: a window above the maximum', (s) => s.frame(WINDOW_UPDATE, 0, [0x7f, 0xff, 0xff, 0xff], 0)],
  ['§6.10: a piece of no headers', (s) => s.frame(CONTINUATION, END_HEADERS, head())],
  ['§8.2: a name in capitals', (s) => s.frame(HEADERS, END_HEADERS, head(...field('X-A', '1'))).data(EVENTS)],
  [
    '§8.2.2: Connection',
    (s) => s.frame(HEADERS, END_HEADERS, head(...field('connection', 'close'))).data(EVENTS, { last: true }),
  ],
  [
    '§8.3: a pseudo-header behind another',
    (s) => s.frame(HEADERS, END_HEADERS, [...TYPE, STATUS_200]).data(EVENTS, { last: true }),
  ],
  [
    '§8.3: an unknown pseudo-header',
    (s) => s.frame(HEADERS, END_HEADERS, [STATUS_200, ...field(':x', '1')]).data(EVENTS, { last: true }),
  ],
  ['§8.3.2: no status', (s) => s.frame(HEADERS, END_HEADERS, TYPE).data(EVENTS, { last: true })],
  [
    '§8.3.2: a status in words',
    (s) => s.frame(HEADERS, END_HEADERS, field(':status', 'two')).data(EVENTS, { last: true }),
  ],
  [
    '§8.1.1: less data than the length says',
    (s) => s.frame(HEADERS, END_HEADERS, head(...field('content-length', '99'))).data(EVENTS, { last: true }),
  ],
  [
    '§8.1.1: more data than the length says',
    (s) => s.frame(HEADERS, END_HEADERS, head(...field('content-length', '3'))).data(EVENTS, { last: true }),
  ],
  ['§8.1: data before headers', (s) => s.data(EVENTS, { last: true })],
  [
    '§8.1: trailers that do not end',
    (s) => s.head().data(EVENTS).frame(HEADERS, END_HEADERS, field('a', 'b')),
  ],
  [
    '§8.1: only an interim response',
    (s) => s.frame(HEADERS, END_HEADERS | END_STREAM, field(':status', '103')),
  ],
  ['RFC 7541 §2.3.3: an index of no table', (s) => s.frame(HEADERS, END_HEADERS, [0xff, 0x80, 0x01])],
  [
    'RFC 7541 §5.1: a number without an end',
    (s) => s.frame(HEADERS, END_HEADERS, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
  ],
  ['RFC 7541 §5.2: a text longer than the frame', (s) => s.frame(HEADERS, END_HEADERS, [0, 99, 1, 2])],
  ['RFC 7541 §5.2: padding that is none', (s) => s.frame(HEADERS, END_HEADERS, [0, 0x81, 0x00, 0x81, 0x00])],
  [
    'RFC 7541 §4.2: a table above the maximum',
    (s) => s.frame(HEADERS, END_HEADERS, [0x3f, 0xff, 0xff, 0x7f]),
  ],
];

describe('an upstream over HTTP/2', () => {
  let upstream: RawHttp2Upstream;
  let proxy: RunningBundle;

  beforeAll(async () => {
    upstream = await startRawHttp2();
    proxy = await startStreamingOverHttp2(upstream, { TIMEOUT: '1000', IDLE_TIMEOUT: '1000' });
  });
  afterAll(async () => {
    await proxy.stop();
    await upstream.close();
  });

  const chat = () => send(proxy.url, '/v1/chat/completions', { headers: OPENAI_HEADERS, body: STREAM });
  /** Each scripted response is the first of a connection. */
  const onNewConnection = async (script: Script) => {
    upstream.respond((one) => whole(one).goAway(one.stream));
    await chat();
    upstream.respond(script);
    const reply = await chat();
    upstream.respond(whole);
    return reply;
  };

  it.each(ALLOWED)('may send %s', async (_what, script) => {
    const reply = await onNewConnection(script);
    expect([reply.status, reply.complete, reply.body.toString()]).toEqual([200, true, EVENTS]);
  });

  it.each(FORBIDDEN)('that sends %s fails, and nothing else', async (_what, script) => {
    const reply = await onNewConnection(script);
    const isTold = reply.status >= 500 && reply.headers['x-proxy-error'] !== undefined;
    expect({ isTold, isCut: !reply.complete, status: reply.status }).toEqual(
      isTold ? { isTold, isCut: false, status: reply.status } : { isTold, isCut: true, status: 200 },
    );
    const next = await chat();
    expect([next.status, next.complete]).toEqual([200, true]);
    expect([EVENTS, '1.1']).toContain(next.body.toString());
  });
});
