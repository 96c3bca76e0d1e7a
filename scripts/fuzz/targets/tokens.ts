import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { ProxyError } from '../../../src/errors/proxy-error';
import { AccessTokens, type Authentication } from '../../../src/proxy/auth/access-tokens';
import { readClaims, writeClaims, type TokenClaims } from '../../../src/proxy/tokens/claims';
import type { KnownToken } from '../../../src/proxy/tokens/known-token';
import { Revocations } from '../../../src/proxy/tokens/revocations';
import { SignedTokens, signToken } from '../../../src/proxy/tokens/signed-tokens';
import { expectSame, expectThat, type Target } from '../target';

const NOW_MS = Date.UTC(2026, 0, 15);
const SECRET = 'a-secret-of-at-least-32-characters-1';
const OLD_SECRET = 'a-secret-of-at-least-32-characters-0';
const CLAIMS = [
  'mum~tthx2c0',
  'mum~tthx2c0~r20~c3~k5000~u5m~mgpt-5-mini~mclaude-_w~popenai~xzzzzzz',
  'dad~tthx2c0~xthx2c1',
  'gone~tthx2c0',
];
const SIGNED = CLAIMS.flatMap((text) => [SECRET, OLD_SECRET].map((secret) => sign(text, secret)));
const WORDS = [
  '~',
  'slp1~',
  '_',
  '_w',
  '_s',
  '__',
  't0',
  'x1',
  'r1',
  'u5m',
  'u0.01',
  'u1e3',
  'm',
  'p',
  'k',
  'c',
  '-',
  '=',
  '+',
  '/',
  'A',
];

function sign(text: string, secret: string): string {
  const whole = `slp1~${text}`;
  return `${whole}~${createHmac('sha256', secret).update(whole).digest().subarray(0, 16).toString('base64url')}`;
}

const signed = new SignedTokens([SECRET, OLD_SECRET], new Revocations([{ name: 'gone' }]), () => NOW_MS);

export const signedTokens: Target<KnownToken | undefined> = {
  name: 'signed-tokens',
  about: 'SignedTokens.find; a signature computed anew',
  corpus: [...SIGNED, ...CLAIMS],
  words: WORDS,
  maxLength: 4_096,
  subject: (input) => signed.find(input),
  isDocumented: (error) =>
    error instanceof ProxyError && ['token-expired', 'token-revoked'].includes(error.code),
  compare: (input, token) => {
    if (token) expectSigned(input);
  },
  compareError: expectSigned,
};

function expectSigned(input: string): void {
  const text = input.slice('slp1~'.length, input.lastIndexOf('~'));
  expectThat(
    'the token is one of a secret',
    [SECRET, OLD_SECRET].some((secret) => sign(text, secret) === input),
  );
}

export const claims: Target<TokenClaims | undefined> = {
  name: 'claims',
  about: 'readClaims; what writeClaims makes of them',
  corpus: CLAIMS,
  words: WORDS,
  maxLength: 4_096,
  subject: readClaims,
  compare(_input, result) {
    if (!result) return;
    expectSame('the claims, written and read', readClaims(writeClaims(result)), result);
    const { money, requestsPerMinute } = result.limits;
    expectThat('amounts are positive', (money?.nanoUsd ?? 1) >= 1 && (requestsPerMinute ?? 1) >= 1);
    if (!result.name.includes('\n')) signToken(result, SECRET);
  },
};

const ANN = 'a-token-of-ann-16';
const BOB = 'bob~token.of-some-length';
const tokens = new AccessTokens(
  [
    { name: 'ann', token: ANN },
    { name: 'bob', token: BOB },
  ],
  signed,
  () => NOW_MS,
);

export const accessTokens: Target<Authentication> = {
  name: 'access-tokens',
  about: 'AccessTokens.authenticate; no token is left in what goes on',
  corpus: [
    `authorization: Bearer ${ANN}\nx-api-key: sk-own\n?key=sk-x&a=b`,
    `authorization: Bearer sk-own:${BOB}\n?a=${ANN}&key=${encodeURIComponent(`x:${ANN}`)}`,
    `sec-websocket-protocol: realtime, openai-insecure-api-key.${ANN}\nx-goog-api-key: ${ANN}|AIza`,
    `api-key: ${SIGNED[0] ?? ''}\nx-auth-token: a,b,${BOB}`,
  ],
  words: [
    '\n',
    ': ',
    ':',
    '%3a',
    '%253A',
    '%25',
    '%',
    '|',
    ',',
    'Bearer ',
    'authorization: ',
    '?key=',
    '&key=',
    ANN,
    BOB,
    SIGNED[0] ?? '',
    SIGNED[6] ?? '',
    '%61',
    ' ',
    'slp1~',
  ],
  maxLength: 16_384,
  subject(input) {
    const { headers, query } = requestOf(input);
    return tokens.authenticate(headers, query, undefined);
  },
  isDocumented: (error) =>
    error instanceof ProxyError && ['token-expired', 'token-revoked'].includes(error.code),
  compare(_input, { token, credentials, query, tokens: filter }) {
    if (!token) return;
    const rest = [...credentials.values(), query].join('\n');
    expectThat('a filter is there', filter !== undefined);
    for (const secret of [ANN, BOB]) {
      let text = rest;
      for (let round = 0; round < 4; round++) {
        expectThat('no token is left', !text.includes(secret));
        text = text.replace(/%([0-7][0-9a-f])/gi, (_encoded, hex: string) =>
          String.fromCharCode(parseInt(hex, 16)),
        );
      }
    }
  },
};

/** Lines of headers; one that begins with a question mark is the query. */
function requestOf(input: string): { readonly headers: IncomingHttpHeaders; readonly query: string } {
  const lines = Buffer.from(input, 'latin1').toString('latin1').split('\n');
  const headers = new Map<string, string>();
  let query = '';
  for (const line of lines) {
    const at = line.indexOf(': ');
    if (line.startsWith('?')) query = line;
    else if (at > 0) headers.set(line.slice(0, at).toLowerCase(), line.slice(at + 2));
  }
  return { headers: Object.fromEntries(headers), query };
}
