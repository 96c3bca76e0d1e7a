import type { IncomingMessage } from 'node:http';
import { readUpstreamOrigin } from '../../../src/config/parsers/upstream';
import { createSseParser } from '../../../src/pages/index-page/sse-parser';
import { languageOf } from '../../../src/pages/index-page/language';
import { withOwnAddresses } from '../../../src/proxy/response/rewrite-locations';
import { loggablePath } from '../../../src/proxy/routing/known-paths';
import {
  credentialIn,
  queryCredentials,
  splitKeys,
  subprotocolCredential,
  withQueryCredential,
  withoutParameter,
} from '../../../src/http/credentials';
import { judgeTrace } from '../../../src/proxy/egress/egress-check';
import { UploadGrants } from '../../../src/proxy/auth/upload-grants';
import { ResponseParser } from '../../../src/proxy/http1/response-parser';
import { uploadIdIn } from '../../../src/proxy/routing/resumable-upload';
import { inboundHeaders, outboundHeaders } from '../../../src/http/filter-headers';
import { refuseEcho } from '../../../src/proxy/request/refuse-echo';
import { traitsOf } from '../../../src/proxy/keys/request-traits';
import { modelPattern } from '../../../src/proxy/routing/model-routes';
import {
  collapseSlashes,
  withVersion,
  withoutRepetitions,
  withoutTrailingSlash,
} from '../../../src/proxy/routing/normalise-path';
import { publicUrl } from '../../../src/proxy/routing/public-url';
import { namesUnknownProvider, parseTarget } from '../../../src/proxy/routing/parse-target';
import { checkWebSocket, lostItsUpgrade, wantsWebSocket } from '../../../src/http/upgrade';
import { isOpenaiShaped, openaiDialect } from '../../../src/dialects/openai';
import { ProxyError } from '../../../src/errors/proxy-error';
import { normaliseEvent } from '../../../src/event/normalise-event';
import { BUILT_IN, Providers } from '../../../src/providers/registry';
import { createRedact } from '../../../src/log/redact';
import { withoutSecretIn } from '../../../src/secrets/without-secret';
import { JsonBody } from '../../../src/json/json-body';
import { rootMembers } from '../../../src/json/scan';
import { removeModerationFields } from '../../../src/transforms/moderation-fields';
import { moveSystemMessage } from '../../../src/transforms/move-system-message';

/** Runs a function with its worst text of some length; an error that it throws is accepted as well. */
interface Case {
  readonly name: string;
  readonly run: (text: string) => unknown;
  /** What the text begins with, is made of, and ends with. */
  readonly texts: readonly (readonly [start: string, unit: string, end: string])[];
}

const request = (headers: Record<string, string>) =>
  ({ method: 'GET', headers }) as unknown as IncomingMessage;
const providers = new Providers(BUILT_IN);
const grants = new UploadGrants([{ name: 'ann', token: 'a-token-of-some-length' }], []);
const redact = createRedact(['a-secret-that-is-configured']);
const ORIGIN = readUpstreamOrigin('https://api.example.com');
const noRoute = { stagePrefixes: ['release'], providers };

/** As long as a request target or a header may be. */
const IN_A_HEAD: readonly Case[] = [
  {
    name: 'the search for a method that echoes the request',
    run: (text) => {
      refuseEcho({ method: 'POST', headers: { 'x-http-method-override': text } });
    },
    texts: [
      ['', 'TRAC', ''],
      ['', 'CONNECTT', ' '],
      ['', ' ', 'x'],
    ],
  },
  {
    name: 'the repair of a path',
    run: (text) => withoutTrailingSlash(withVersion(withoutRepetitions(text))),
    texts: [
      ['/v1/v', '1', 'x'],
      ['/v', '1', ''],
      ['', '/v1', ''],
      ['', '/v1beta', 'x'],
      ['/v1beta', '1', 'x'],
      ['/v1', 'a', '1'],
      ['', '/chat/completions', ''],
      ['', '/v1/messages', '/x'],
      ['/models/', ':a', '-'],
      ['/models/', ':', ''],
      ['/models/a:', 'a', '-'],
      ['/v1/chat/completions', '/', ''],
    ],
  },
  {
    name: 'collapseSlashes',
    run: collapseSlashes,
    texts: [
      ['', '/', 'x'],
      ['', '/a', ''],
      ['', '//a', ''],
    ],
  },
  {
    name: 'parseTarget',
    run: (text) => {
      const route = parseTarget(text, noRoute);
      return [
        namesUnknownProvider(route),
        ...BUILT_IN.map((provider) => provider.ownsPath(route.path, 'POST')),
      ];
    },
    texts: [
      ['/', 'a', ''],
      ['', '/a', ''],
      ['', '/', ''],
      ['/', '%2', ''],
      ['/', '.', ''],
      ['/', '%2e', 'x'],
      ['/', '%2f%2e%2e%2', ''],
      ['/x/v', '1', 'X'],
      ['/x/v1', 'a', 'X'],
      ['/v1/models/', ':a', '-'],
      ['/v1beta', '1', 'x'],
      ['/openai/deployments', '/deployments', ''],
      ['/x?', '?', ''],
    ],
  },
  {
    name: 'the paths that providers know',
    run: (text) => [isOpenaiShaped(text), ...BUILT_IN.map(({ openaiPaths }) => openaiPaths.test(text))],
    texts: [
      ['', '/chat/completion', ''],
      ['', '/responses', 'x'],
      ['/v1', '/chat/completions', 'x'],
      ['/v1beta/openai', '/audio', ''],
    ],
  },
  {
    name: 'a stream’s errors, by the path',
    run: (text) => openaiDialect.streamErrorEvent(new ProxyError('upstream-cut'), text),
    texts: [['', '/responses', 'x']],
  },
  {
    name: 'loggablePath',
    run: (text) => loggablePath(text),
    texts: [
      ['/', ':', ''],
      ['/', ':generateConten', ''],
      ['', '/v1', ''],
      ['/google.ai.generativelanguage.v1', 'beta', ''],
    ],
  },
  {
    name: 'credentials in a query',
    run: (text) => [
      queryCredentials(text),
      withQueryCredential(text, 'k'),
      withoutParameter(text, 'key'),
      uploadIdIn(text),
      grants.tokenNameOf({ provider: 'gemini', path: '/upload/v1beta/files', query: text }, 'POST'),
      traitsOf({}, undefined, '', text),
    ],
    texts: [
      ['?', 'key=', ''],
      ['', '?key=', ''],
      ['', '&key=a', ''],
      ['', '&upload_id=', ''],
      ['?upload_id=1', '&proxy-grant=ann.', ''],
      [`?upload_id=1&proxy-grant=`, 'a', ''],
      ['?upload_id=1&proxy-grant=a.', '-', ''],
      ['', '/models/', ''],
      ['', '?model=', ''],
    ],
  },
  {
    name: 'credentials in headers',
    run: (text) => [
      credentialIn({ authorization: text }, 'authorization'),
      credentialIn({ 'x-api-key': text }, 'x-api-key'),
      subprotocolCredential({ 'sec-websocket-protocol': text }),
      BUILT_IN.map(({ keyPattern, ephemeralKey }) => [keyPattern?.test(text), ephemeralKey?.test(text)]),
    ],
    texts: [
      ['bearer ', ' ', '\u2028'],
      ['', ' ', 'x'],
      ['', ',', ''],
      ['', ', openai-insecure-api-key', ''],
      ['', 'sk-', ''],
    ],
  },
  {
    name: 'splitKeys',
    run: splitKeys,
    texts: [
      ['', '|', ''],
      ['', 'a', ''],
      ['', ' ', '|'],
    ],
  },
  {
    name: 'what asks for a WebSocket',
    run: (text) => {
      const headers = {
        upgrade: text,
        'openai-beta': text,
        'sec-websocket-version': '13',
        'sec-websocket-key': text,
      };
      return [
        wantsWebSocket(request(headers)),
        lostItsUpgrade(request(headers)),
        attempt(() => checkWebSocket(request(headers))),
      ];
    },
    texts: [
      ['', ',', ''],
      [',', ' ', 'x'],
      [',websocket', ' ', 'x'],
      ['', ', websocket ', 'x'],
      ['', 'responses_websockets', ''],
      ['', 'A', ''],
    ],
  },
  {
    name: 'headers that pass',
    run: (text) => [
      outboundHeaders(['Connection', text, 'a', 'b'], { host: 'h', key: undefined, framing: 'none' }),
      inboundHeaders(['Connection', text, 'x-large', text], { ownHeaders: [], eventStream: false }),
      publicUrl({ headers: { host: text } }, ''),
      languageOf(undefined, text),
    ],
    texts: [
      ['', ',', ''],
      ['', ' ', ','],
      ['', 'a,', ''],
      ['en;q=', ' ', 'x'],
      ['a', '.', '/'],
    ],
  },
  {
    name: 'an upstream’s addresses',
    run: (text) =>
      'problem' in ORIGIN
        ? undefined
        : withOwnAddresses(
            { rawHeaders: ['Location', text] },
            {
              origin: ORIGIN.value,
              publicUrl: () => 'https://mine.example',
              query: (query) => query,
              hidesKey: true,
            },
          ),
    texts: [
      ['https://', 'a', '\n'],
      ['https://a', '?', '\n'],
      ['https://a', '#', '\n'],
      ['', 'https://', ''],
    ],
  },
  {
    name: 'judgeTrace',
    run: (text) => judgeTrace(text, undefined),
    texts: [
      ['', 'loc=', ''],
      ['', 'loc=\n', ''],
      ['loc=', '\r', 'x'],
      ['', '\n', ''],
    ],
  },
  {
    name: 'normaliseEvent',
    run: (text) =>
      normaliseEvent(
        {
          httpMethod: 'GET',
          path: `/${text}`,
          headers: { 'x-a': text.replaceAll('\n', '') },
          queryString: text.replace(/./g, (character, at: number) => `${character}${at.toString(36)}&`),
        },
        { stagePrefixes: [], remainingMs: undefined },
      ),
    texts: [
      ['', 'a', ''],
      ['', ' ', ''],
      ['', 'é ', ''],
    ],
  },
  {
    name: 'modelPattern',
    run: (text) => [modelPattern('*-*-*-*x')(text), modelPattern('*a*a*a*/')(text)],
    texts: [
      ['', '-a', ''],
      ['', 'a', '/'],
      ['', '/', ''],
    ],
  },
];

/** As long as a body, a log line or a stream may well be. */
const IN_A_BODY: readonly Case[] = [
  {
    name: 'the search for a key in an error, however it is written there',
    run: (text) => withoutSecretIn(text, '-/-/-/-/-/-/-/-/key'),
    texts: [
      ['\\', '-/', ''],
      ['', '\\-\\/', ''],
      ['', '%2d%2F', ''],
      ['', '&#45;&#x2f;', '&#'],
      ['', '\\u002d/', '\\u'],
    ],
  },
  {
    name: 'redact',
    run: redact,
    texts: [
      ['', 'eyJ-', ''],
      ['eyJ', 'a', ''],
      ['eyJabcdefgh', '.', ''],
      ['', 'eyJabcdefgh.', ''],
      ['', 'sk-', ''],
      ['', 'sk-a ', ''],
      ['Bearer', ' ', ''],
      ['', 'Bearer ', ''],
      ['', 'bearer\n', ''],
      ['', '?key', ''],
      ['', '&key=', ''],
      ['', 'a', ''],
      ['', '-', ''],
    ],
  },
  {
    name: 'the page’s parser of events, in small chunks',
    run: (text) => {
      const push = createSseParser(() => undefined);
      for (let at = 0; at < text.length; at += 128) push(text.slice(at, at + 128));
      push('\n\n');
    },
    texts: [
      ['data: ', 'a', ''],
      ['', '\r', ''],
      ['', 'data\n', ''],
      ['', ':', ''],
    ],
  },
  {
    name: 'the scan of a JSON body, and what is done with its members',
    run: (text) => {
      const bytes = Buffer.from(text);
      const json = new JsonBody(bytes);
      return [
        rootMembers(bytes),
        traitsOf({}, json, '').conversation,
        moveSystemMessage.arm('3')?.(removeModerationFields(json)),
      ];
    },
    texts: [
      ['{"a":"', '\\"', '"}'],
      ['{"a":"', '\\', '"}'],
      ['{"a":"', '\\\\', ''],
      [`{"a":"`, `${'x'.repeat(60)}\\"`, '"}'],
      ['{"a":', ' ', '1}'],
      ['{"a":', '1', 'x}'],
      ['{"a":', '[', ''],
      ['{', '"":1,', '"model":"m"}'],
      ['{"a":[1,', '1,', '1]}'],
      ['{"messages":[', '{},', '{}]}'],
      ['', '"moderatio', ''],
      ['{', '"moderation":1,', '"model":"m"}'],
      ['{"messages":[{"role":"system"},', '{"role":"tool"},', '{},{},{}]}'],
    ],
  },
];

/** As long as the heads of a response may be, which a slow upstream may send byte by byte. */
const IN_A_RESPONSE: readonly Case[] = [
  {
    name: 'the parser of responses, byte by byte',
    run: (text) => {
      const parser = new ResponseParser({
        onHead: () => undefined,
        onBody: () => undefined,
        onEnd: () => undefined,
      });
      parser.begin('GET');
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at++) parser.push(bytes.subarray(at, at + 1));
    },
    texts: [
      ['HTTP/1.1 200 ', 'x', ''],
      ['HTTP/1.1 200 OK\r\nA: ', 'x', '\r\n\r\n'],
      ['HTTP/1.1 200 OK\r\nA:', ' ', 'x\r\n\r\n'],
      ['HTTP/1.1 200 OK\r\n', 'A: b\r\n', ''],
      ['HTTP/1.1 200 OK\r\nConnection: ', ' close', '\r\n\r\n'],
      ['', 'HTTP/1.1 100 Continue\r\n\r\n', ''],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', `1;${'x'.repeat(60)}\r\na\r\n`, ''],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', `${'0'.repeat(60)}1\r\na\r\n`, ''],
      ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n', 'A: b\r\n', '\r\n'],
    ],
  },
];

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) throw error; // too much of it: the stack's or a string's end
    return error;
  }
}

function cpuMs(run: () => unknown, times: number): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) attempt(run);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Enough of it for the clock. */
const MEASURABLE_MS = 2;
/** Enough of it in one call: a longer text would show no more, and quadratic time would not end. */
const LONG_MS = 20;
/** How many times longer the longer text is: enough to tell 8 from 64, whatever the machine does beside it. */
const TIMES_LONGER = 8;
/** Between the 8 of linear time and the 64 of quadratic time, with room for either to be off by more than twice. */
const LIMIT = 24;

/**
 * How many times longer the longer text takes. The shortest of several runs counts, because other load only makes a run
 * longer.
 */
function growth(run: (text: string) => unknown, short: string, long: string): number {
  let times = 1;
  while (cpuMs(() => run(short), times) < MEASURABLE_MS && times < 1_024) times *= 2;
  let [shortMs, longMs] = [Infinity, Infinity];
  for (let round = 0; round < 3; round++) {
    shortMs = Math.min(
      shortMs,
      cpuMs(() => run(short), times),
    );
    longMs = Math.min(
      longMs,
      cpuMs(() => run(long), times),
    );
  }
  return shortMs < MEASURABLE_MS / 4 ? 1 : longMs / shortMs; // over in no time, however long
}

/** Collections of garbage can make one of them longer; what is quadratic never takes less. */
const MOST_TRIES = 8;

/** The least of several measurements, at a length that takes long enough and is `maxLength` at most. */
function leastGrowth(run: (text: string) => unknown, textOf: (length: number) => string, maxLength: number) {
  let length = maxLength / 64;
  while (length < maxLength && cpuMs(() => run(textOf(length)), 1) < LONG_MS) length *= 2;
  let least = Infinity;
  for (let tries = 0; tries < MOST_TRIES && least >= LIMIT; tries++) {
    least = Math.min(least, growth(run, textOf(length / TIMES_LONGER), textOf(length)));
  }
  return least;
}

function madeOf([start, unit, end]: Case['texts'][number]): (length: number) => string {
  return (length) =>
    start + unit.repeat(Math.max(0, Math.ceil((length - start.length - end.length) / unit.length))) + end;
}

describe.each([
  { size: 16_000, where: 'a request target or header', cases: IN_A_HEAD },
  { size: 1_000_000, where: 'a body', cases: IN_A_BODY },
  { size: 64_000, where: 'a response', cases: IN_A_RESPONSE },
])('the time for a text in $where grows as the text does', ({ size, cases }) => {
  const rows = cases.flatMap(({ name, run, texts }) =>
    texts.map((text) => [name, JSON.stringify(text), run, text] as const),
  );
  it.each(rows)('%s: %s', (_name, _text, run, text) => {
    expect(leastGrowth(run, madeOf(text), size)).toBeLessThan(LIMIT);
  });
});

describe('the measure', () => {
  it('distinguishes quadratic time from linear', () => {
    const text = madeOf(['', 'a', '']);
    expect(leastGrowth((as) => /a+b/.test(as), text, 32_000)).toBeGreaterThan(LIMIT);
    expect(leastGrowth((as) => /^a+b/.test(as), text, 16_000)).toBeLessThan(LIMIT);
  });
});
