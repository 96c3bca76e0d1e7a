import * as clockModule from '../../src/clock/monotonic';
import { anthropicDialect } from '../../src/dialects/anthropic';
import { geminiDialect } from '../../src/dialects/gemini';
import { openaiDialect } from '../../src/dialects/openai';
import { ClientDisconnected, ProxyError, asProxyError } from '../../src/errors/proxy-error';
import { FAILURES, type FailureCode } from '../../src/errors/failures';
import { asOpenConnectionFailure, asUpstreamFailure } from '../../src/errors/node-errors';
import { BUILT_IN } from '../../src/providers/registry';
import { FAILURE_ROWS } from '../helpers/failure-rows';

const codes = Object.keys(FAILURES) as FailureCode[];

describe('the table of failures', () => {
  it.each(codes)('%s has a message of a sentence or two: the fault and the remedy', (code) => {
    expect(FAILURES[code].message).toMatch(/^[A-Z].{30,300}\.$/);
    expect(FAILURES[code].status).toBeGreaterThanOrEqual(400);
    expect(FAILURES[code].message).not.toMatch(/[<>]/); // a user interface that renders HTML would drop text in angle brackets
  });

  it('has exactly the codes that the tests list', () => {
    expect(Object.keys(FAILURE_ROWS).sort()).toEqual([...codes].sort());
  });
});

describe.each(codes)('%s', (code) => {
  const [status, openai, anthropic, google] = FAILURE_ROWS[code];
  const failure = new ProxyError(code, { cause: new Error('sk-secret'), retryAfterMs: 5_000 });
  const { message } = FAILURES[code];
  const quoted = JSON.stringify(message);

  it('has OpenAI’s error shape, as a body and in streams of chats and Responses', () => {
    expect(failure.status).toBe(status);
    expect(openaiDialect.errorBody(failure)).toStrictEqual({
      error: { message, type: openai, param: null, code },
    });
    const error = `{"message":${quoted},"type":"${openai}","param":null,"code":"${code}"}`;
    const bare = `data: {"error":${error}}\n\n`;
    expect(openaiDialect.streamErrorEvent(failure, '/v1/chat/completions')).toBe(bare);
    expect(openaiDialect.streamErrorEvent(failure, '/v1/completions')).toBe(bare);
    const named = `event: error\ndata: {"type":"error","code":"${code}","message":${quoted},"param":null,"sequence_number":0,"error":${error}}\n\n`;
    expect(openaiDialect.streamErrorEvent(failure, '/v1/responses')).toBe(named);
    expect(openaiDialect.streamErrorEvent(failure, '/v1/responses/resp_1')).toBe(named);
  });

  it('has Anthropic’s error shape, as a body and in streams', () => {
    expect(anthropicDialect.errorBody(failure)).toStrictEqual({
      type: 'error',
      error: { type: anthropic, message },
    });
    expect(anthropicDialect.streamErrorEvent(failure, '/v1/messages')).toBe(
      `event: error\ndata: {"type":"error","error":{"type":"${anthropic}","message":${quoted}}}\n\n`,
    );
  });

  it('has Google’s error shape, as a body and in streams', () => {
    expect(geminiDialect.errorBody(failure)).toStrictEqual({
      error: { code: status, message, status: google },
    });
    expect(geminiDialect.streamErrorEvent(failure, '/v1beta/models/m:streamGenerateContent')).toBe(
      `data: {"error":{"code":${status},"message":${quoted},"status":"${google}"}}\n\n`,
    );
  });
});

it('every provider uses one of the three dialects', () => {
  const dialects = new Map(BUILT_IN.map(({ name, dialect }) => [name, dialect]));
  expect(dialects.get('anthropic')).toBe(anthropicDialect);
  expect(dialects.get('gemini')).toBe(geminiDialect);
  for (const [name, dialect] of dialects) {
    if (name !== 'anthropic' && name !== 'gemini') expect([name, dialect]).toEqual([name, openaiDialect]);
  }
});

it('Anthropic’s clients get an overloaded_error only if repeating the request helps', () => {
  // Claude Code repeats an `overloaded_error` ten times, whatever `X-Should-Retry` says.
  for (const code of codes) {
    if (FAILURE_ROWS[code][2] === 'overloaded_error') {
      expect([code, new ProxyError(code).isWorthRepeating]).toEqual([code, true]);
    }
  }
});

const system = (code: string) => Object.assign(new Error(code), { code });

describe('asOpenConnectionFailure', () => {
  it.each([
    [system('ETIMEDOUT'), 'upstream-reset'],
    [system('EHOSTUNREACH'), 'upstream-reset'],
    [system('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), 'upstream-reset'],
    [system('ECONNRESET'), 'upstream-reset'],
    [system('HPE_INVALID_CONSTANT'), 'upstream-invalid'],
    [new TypeError('a bug'), 'proxy-error'],
  ])('maps %s to %s: the request may have been processed', (error, code) => {
    expect(asOpenConnectionFailure(error)).toMatchObject({ code, cause: error });
  });

  it('leaves a failure as it is that is known already', () => {
    const known = new ProxyError('connect-timeout');
    expect(asOpenConnectionFailure(known)).toBe(known);
  });
});

describe('asUpstreamFailure', () => {
  it.each([
    [system('ECONNREFUSED'), 'upstream-unreachable'],
    [system('EHOSTUNREACH'), 'upstream-unreachable'],
    [system('ENOTFOUND'), 'upstream-dns'],
    [system('EAI_AGAIN'), 'upstream-dns'],
    [system('EMFILE'), 'too-many-connections'],
    [system('ENFILE'), 'too-many-connections'],
    [system('ECONNRESET'), 'upstream-reset'],
    [system('EPIPE'), 'upstream-reset'],
    [system('ETIMEDOUT'), 'connect-timeout'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'upstream-tls'],
    [system('CERT_HAS_EXPIRED'), 'upstream-tls'],
    [system('ERR_TLS_CERT_ALTNAME_INVALID'), 'upstream-tls'],
    [system('EPROTO'), 'upstream-tls'],
    [system('HPE_INVALID_CONSTANT'), 'upstream-invalid'],
    [system('HPE_HEADER_OVERFLOW'), 'upstream-invalid'],
    [system('ERR_HTTP2_ERROR'), 'upstream-invalid'],
    [new AggregateError([system('ECONNREFUSED'), system('ENETUNREACH')]), 'upstream-unreachable'],
    [new TypeError('a bug'), 'proxy-error'],
    ['thrown text', 'proxy-error'],
  ])('maps %s to %s', (error, code) => {
    expect(asUpstreamFailure(error)).toMatchObject({ code, cause: error });
  });

  it('takes a lookup that fails within a second of a lack of descriptors for one that lacked them, and no other', () => {
    const clock = jest.spyOn(clockModule, 'monotonicMs').mockReturnValue(1_000_000);
    const codes = (atMs: number) => {
      clock.mockReturnValue(atMs);
      return [system('ENOTFOUND'), system('ECONNREFUSED')].map((error) => asUpstreamFailure(error));
    };
    try {
      asUpstreamFailure(system('EMFILE'));
      expect(codes(1_000_999)).toMatchObject([
        { code: 'too-many-connections' },
        { code: 'upstream-unreachable' },
      ]);
      expect(codes(1_001_001)).toMatchObject([{ code: 'upstream-dns' }, { code: 'upstream-unreachable' }]);
    } finally {
      clock.mockRestore();
    }
  });

  it('keeps an error that is already classified', () => {
    const failure = new ProxyError('body-too-large');
    const disconnected = new ClientDisconnected('gone');
    expect(asUpstreamFailure(failure)).toBe(failure);
    expect(asUpstreamFailure(disconnected)).toBe(disconnected);
    expect(asProxyError(failure)).toBe(failure);
  });
});
