import { anthropicDialect } from '../src/dialects/anthropic';
import { geminiDialect } from '../src/dialects/gemini';
import { openaiDialect } from '../src/dialects/openai';
import {
  CallerLeft,
  FAILURES,
  ProxyError,
  asProxyError,
  asUpstreamFailure,
  type FailureCode,
} from '../src/errors';
import { BUILT_IN } from '../src/providers/registry';
import { FAILURE_ROWS } from './helpers/failure-rows';

const codes = Object.keys(FAILURES) as FailureCode[];

describe('the table of failures', () => {
  it.each(codes)('%s tells what is wrong and what to do, in a sentence or two', (code) => {
    expect(FAILURES[code].message).toMatch(/^[A-Z].{30,300}\.$/);
    expect(FAILURES[code].status).toBeGreaterThanOrEqual(400);
    expect(FAILURES[code].message).not.toMatch(/[<>]/); // front-ends that show HTML would lose what stands between
  });

  it('is written down here as a whole, and no failure beside it', () => {
    expect(Object.keys(FAILURE_ROWS).sort()).toEqual([...codes].sort());
  });
});

describe.each(codes)('%s', (code) => {
  const [status, openai, anthropic, google] = FAILURE_ROWS[code];
  const failure = new ProxyError(code, { cause: new Error('sk-secret'), retryAfterMs: 5_000 });
  const { message } = FAILURES[code];
  const said = JSON.stringify(message);

  it('is an error of OpenAI’s, as a body and in streams of chats and Responses', () => {
    expect(failure.status).toBe(status);
    expect(openaiDialect.errorBody(failure)).toStrictEqual({
      error: { message, type: openai, param: null, code },
    });
    const error = `{"message":${said},"type":"${openai}","param":null,"code":"${code}"}`;
    const bare = `data: {"error":${error}}\n\n`;
    expect(openaiDialect.streamErrorEvent(failure, '/v1/chat/completions')).toBe(bare);
    expect(openaiDialect.streamErrorEvent(failure, '/v1/completions')).toBe(bare);
    const named = `event: error\ndata: {"type":"error","code":"${code}","message":${said},"param":null,"sequence_number":0,"error":${error}}\n\n`;
    expect(openaiDialect.streamErrorEvent(failure, '/v1/responses')).toBe(named);
    expect(openaiDialect.streamErrorEvent(failure, '/v1/responses/resp_1')).toBe(named);
  });

  it('is an error of Anthropic’s, as a body and in streams', () => {
    expect(anthropicDialect.errorBody(failure)).toStrictEqual({
      type: 'error',
      error: { type: anthropic, message },
    });
    expect(anthropicDialect.streamErrorEvent(failure, '/v1/messages')).toBe(
      `event: error\ndata: {"type":"error","error":{"type":"${anthropic}","message":${said}}}\n\n`,
    );
  });

  it('is an error of Google’s, as a body and in streams', () => {
    expect(geminiDialect.errorBody(failure)).toStrictEqual({
      error: { code: status, message, status: google },
    });
    expect(geminiDialect.streamErrorEvent(failure, '/v1beta/models/m:streamGenerateContent')).toBe(
      `data: {"error":{"code":${status},"message":${said},"status":"${google}"}}\n\n`,
    );
  });
});

it('every provider speaks one of the three dialects', () => {
  const spoken = new Map(BUILT_IN.map(({ name, dialect }) => [name, dialect]));
  expect(spoken.get('anthropic')).toBe(anthropicDialect);
  expect(spoken.get('gemini')).toBe(geminiDialect);
  for (const [name, dialect] of spoken) {
    if (name !== 'anthropic' && name !== 'gemini') expect([name, dialect]).toEqual([name, openaiDialect]);
  }
});

it('Anthropic’s clients are told of an overload only where repeating helps', () => {
  // Claude Code repeats an `overloaded_error` ten times, whatever `X-Should-Retry` says.
  for (const code of codes) {
    if (FAILURE_ROWS[code][2] === 'overloaded_error') {
      expect([code, new ProxyError(code).isWorthRepeating]).toEqual([code, true]);
    }
  }
});

describe('asUpstreamFailure', () => {
  const system = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    [system('ECONNREFUSED'), 'upstream-unreachable'],
    [system('EHOSTUNREACH'), 'upstream-unreachable'],
    [system('EMFILE'), 'too-many-connections'],
    [system('ENFILE'), 'too-many-connections'],
    [system('ENOTFOUND'), 'upstream-dns'],
    [system('EAI_AGAIN'), 'upstream-dns'],
    [system('ECONNRESET'), 'upstream-reset'],
    [system('EPIPE'), 'upstream-reset'],
    [system('ETIMEDOUT'), 'connect-timeout'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'upstream-tls'],
    [system('CERT_HAS_EXPIRED'), 'upstream-tls'],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), 'upstream-tls'],
    [system('EPROTO'), 'upstream-tls'],
    [system('HPE_INVALID_CONSTANT'), 'upstream-invalid'],
    [system('HPE_HEADER_OVERFLOW'), 'upstream-invalid'],
    [new AggregateError([system('ECONNREFUSED'), system('ENETUNREACH')]), 'upstream-unreachable'],
    [new TypeError('a bug'), 'proxy-error'],
    ['thrown text', 'proxy-error'],
  ])('%s is %s', (error, code) => {
    expect(asUpstreamFailure(error)).toMatchObject({ code, cause: error });
  });

  it('leaves what is already told alone', () => {
    const failure = new ProxyError('body-too-large');
    const left = new CallerLeft('gone');
    expect(asUpstreamFailure(failure)).toBe(failure);
    expect(asUpstreamFailure(left)).toBe(left);
    expect(asProxyError(failure)).toBe(failure);
  });
});
