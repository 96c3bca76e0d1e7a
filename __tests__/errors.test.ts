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

const codes = Object.keys(FAILURES) as FailureCode[];

describe('the table of failures', () => {
  it.each(codes)('%s tells what is wrong and what to do, in a sentence or two', (code) => {
    expect(FAILURES[code].message).toMatch(/^[A-Z].{30,300}\.$/);
    expect(FAILURES[code].status).toBeGreaterThanOrEqual(400);
    expect(FAILURES[code].message).not.toMatch(/[<>]/); // front-ends that show HTML would lose what stands between
  });

  it.each(BUILT_IN.flatMap((provider) => codes.map((code) => [provider.name, code, provider] as const)))(
    'has the shape of %s for %s',
    (_name, code, provider) => {
      const failure = new ProxyError(code, { cause: new Error('sk-secret') });
      const body = JSON.stringify(provider.dialect.errorBody(failure));
      expect(body).toContain(JSON.stringify(failure.message));
      expect(body).not.toContain('sk-secret');
      expect(body).toBe(JSON.stringify(provider.dialect.errorBody(failure)));
    },
  );
});

describe('the providers’ shapes', () => {
  const failure = new ProxyError('missing-key');

  it('OpenAI: {error: {message, type, param, code}}', () => {
    expect(openaiDialect.errorBody(failure)).toEqual({
      error: { message: failure.message, type: 'invalid_request_error', param: null, code: 'missing-key' },
    });
  });

  it('Anthropic: {type: "error", error: {type, message}}', () => {
    expect(anthropicDialect.errorBody(failure)).toEqual({
      type: 'error',
      error: { type: 'authentication_error', message: failure.message },
    });
  });

  it('Gemini: {error: {code, message, status}}', () => {
    expect(geminiDialect.errorBody(failure)).toEqual({
      error: { code: 401, message: failure.message, status: 'UNAUTHENTICATED' },
    });
  });

  it('inside streams: a bare data line for chats, named events for Responses and Messages', () => {
    const cut = new ProxyError('upstream-cut');
    expect(openaiDialect.streamErrorEvent(cut, '/v1/chat/completions')).toMatch(
      /^data: \{"error":\{.*\}\}\n\n$/,
    );
    expect(openaiDialect.streamErrorEvent(cut, '/v1/responses')).toMatch(
      /^event: error\ndata: \{"type":"error",.*\}\n\n$/,
    );
    expect(anthropicDialect.streamErrorEvent(cut, '/v1/messages')).toMatch(
      /^event: error\ndata: \{"type":"error","error":\{.*\}\}\n\n$/,
    );
  });
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
