import { inboundHeaders, outboundHeaders, type RawHeaders } from '../../../src/http/filter-headers';
import { CREDENTIAL_HEADERS } from '../../../src/http/credentials';
import { publicNetwork } from '../../../src/proxy/auth/client-address';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { expectSame, expectThat, type Target } from '../target';

/** RFC 9110 §7.6.1, and what an intermediary must not pass on. */
const OF_THE_CONNECTION =
  'connection expect http2-settings keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding upgrade'.split(
    ' ',
  );
const NEVER_UPSTREAM = new Set([...OF_THE_CONNECTION, ...CREDENTIAL_HEADERS, 'cookie', 'forwarded', 'via']);
const NEVER_TO_CLIENT = new Set([...OF_THE_CONNECTION, 'set-cookie', 'alt-svc', 'strict-transport-security']);

interface Filtered {
  readonly out: readonly string[];
  readonly back: readonly string[];
}

const KEY = ['Authorization', 'Bearer sk-server'] as const;

export const headerLists: Target<Filtered> = {
  name: 'header-lists',
  about: 'outboundHeaders, inboundHeaders; the rules one by one',
  corpus: [
    'Host: x\nConnection: close, X-A\nX-A: 1\nUser-Agent: a\nContent-Length: 3\nAuthorization: Bearer t',
    'content-type: text/event-stream\nTransfer-Encoding: chunked\nset-cookie: a=b\nCache-Control: no-cache\nvia: x',
    'X-Forwarded-For: 1.2.3.4\nTE: trailers\nCONNECTION: te, content-type\nContent-Type: application/json\nX-Api-Key: k',
    `x-request-id: 1\nserver: cf\nreport-to: ${'x'.repeat(3_000)}\nopenai-model: m\nx-ratelimit-limit: 1\netag: ${'y'.repeat(900)}`,
  ],
  words: [
    ...[
      '\n',
      ': ',
      ',',
      'Connection: ',
      'connection:x-b',
      'X-B: 2\n',
      'keep-alive',
      'Upgrade: h2c\n',
      'Host: y\n',
    ],
    ...[
      'Transfer-Encoding: chunked\n',
      'content-length: 1\n',
      'Cookie: c\n',
      'cf-ray: 1\n',
      'user-agent: u\n',
      'expect: 1\n',
    ],
    ...[
      'accept-encoding: gzip, br;q=0, zstd\n',
      'proxy-authorization: x\n',
      'x-goog-api-key: k\n',
      'access-control-allow-origin: *\n',
    ],
  ],
  maxLength: 64 * 1_024,
  subject(input) {
    const raw = listOf(input);
    const ours = { host: 'upstream', key: KEY, framing: { contentLength: 7 }, readable: true } as const;
    return {
      out: outboundHeaders(raw, ours),
      back: inboundHeaders(raw, { ownHeaders: ['X-Proxy-Request-Id', '1'], eventStream: false }),
    };
  },
  compare(input, { out, back }) {
    const raw = listOf(input);
    const rest = withoutNamed(raw, NEVER_UPSTREAM);
    expectThat(
      'the names of headers to the upstream are allowed',
      namesOf(out).every((name) => !OF_THE_CONNECTION.includes(name)),
    );
    for (const [name, count] of [
      ['host', 1],
      ['content-length', 1],
      ['authorization', 1],
    ] as const)
      expectSame(`how often ${name} is there`, namesOf(out).filter((one) => one === name).length, count);
    expectThat(
      'the rest is what was received, in its order',
      isWithin(pairsOf(out).slice(1, -2), rest, ['user-agent', 'accept-encoding']),
    );
    const toClient = withoutNamed(raw, NEVER_TO_CLIENT);
    expectThat(
      'a response has what was received, in its order',
      isWithin(pairsOf(back).slice(0, -1), toClient, []),
    );
    expectSame('our own header', back.slice(-2), ['X-Proxy-Request-Id', '1']);
  },
};

function listOf(input: string): RawHeaders {
  return Buffer.from(input, 'latin1')
    .toString('latin1')
    .split('\n')
    .flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
}

function namesOf(headers: RawHeaders): readonly string[] {
  return headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
}

type Pair = readonly [name: string, value: string];

function pairsOf(headers: RawHeaders): readonly Pair[] {
  return headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ''] as const] : []));
}

/** Without those of a list, and those that `Connection` names. */
function withoutNamed(raw: RawHeaders, never: ReadonlySet<string>): readonly Pair[] {
  const pairs = pairsOf(raw);
  const named = new Set(
    pairs
      .filter(([name]) => name.toLowerCase() === 'connection')
      .flatMap(([, value]) => value.split(',').map((one) => one.trim().toLowerCase())),
  );
  named.delete('content-type');
  named.delete('content-encoding');
  return pairs.filter(([name]) => !never.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

/** Whether the pairs are among the others, in their order; of some names the value may be another. */
function isWithin(pairs: readonly Pair[], others: readonly Pair[], changed: readonly string[]): boolean {
  let at = 0;
  return pairs.every(([name, value]) => {
    if (name === 'User-Agent' && value === 'node') return true;
    while (at < others.length) {
      const [otherName, otherValue] = others[at++] ?? ['', ''];
      if (otherName === name && (otherValue === value || changed.includes(name.toLowerCase()))) return true;
    }
    return false;
  });
}

export const forwardedFor: Target<string | undefined> = {
  name: 'forwarded-for',
  about: 'publicNetwork of X-Forwarded-For; net.isIP from the right',
  corpus: [
    '203.0.113.7',
    '198.51.100.1, 203.0.113.7, 10.0.0.1',
    '2001:db8::1, 9.1.1.1',
    '[2001:db8:1:2::3]:443, ::ffff:10.0.0.1',
    '203.0.113.7:80',
  ],
  words: [
    '10.0.0.1',
    '8.8.8.8',
    '::1',
    '::',
    ',',
    ', ',
    ':',
    '.',
    '[',
    ']',
    '%eth0',
    'fe80::1',
    '::ffff:8.8.4.4',
    '2a00:1::',
    'unknown',
    ':443',
  ],
  maxLength: 16_384,
  subject: (input) => publicNetwork(requestOf(input)),
  compare(input, result) {
    if (result === undefined) return;
    const address = result.replace(/::\/64$/, '::');
    expectThat('it is an address', isIP(address) !== 0);
    expectThat(
      'it is none of a private network',
      !/^(?:0|9|10|11|127)\.|^192\.168\.|^169\.254\.|^f[cd]..:|^fe[89ab].:/.test(address),
    );
    if (isIP(address) === 4) {
      const entries = input.split(',').slice(-16);
      // An IPv4 address may be written in hexadecimal behind ::ffff:.
      expectThat(
        'it was written there',
        entries.some((entry) => entry.includes(address) || /::|:0*ffff:/i.test(entry)),
      );
    }
  },
};

function requestOf(forwarded: string): IncomingMessage {
  return { headers: { 'x-forwarded-for': forwarded }, socket: {} } as unknown as IncomingMessage;
}
