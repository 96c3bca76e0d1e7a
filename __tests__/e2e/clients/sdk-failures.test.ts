import Anthropic from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { failureHeaders } from '../../../src/proxy/response/send-error';
import { anthropicDialect } from '../../../src/dialects/anthropic';
import { geminiDialect } from '../../../src/dialects/gemini';
import { isOpenaiShaped, openaiDialect } from '../../../src/dialects/openai';
import { FAILURES, type FailureCode } from '../../../src/errors/failures';
import { ProxyError } from '../../../src/errors/proxy-error';
import { FAILURE_ROWS } from '../../helpers/failure-rows';

const codes = Object.keys(FAILURES) as FailureCode[];

/** Those that the official clients repeat by themselves. */
const REPEATED: ReadonlySet<string> = new Set([
  'selftest-busy',
  'console-busy',
  'websocket-refused',
  'request-timeout',
  'keys-cooling',
  'token-rate-limited',
  'token-busy',
  'token-tokens-limited',
  'token-budget-spent',
  'too-many-bad-tokens',
  'proxy-error',
  'upstream-unreachable',
  'upstream-dns',
  'upstream-tls',
  'upstream-reset',
  'upstream-invalid',
  'upstream-cut',
  'too-busy',
  'too-many-connections',
  'key-refused',
  'shutting-down',
  'connect-timeout',
  'upstream-timeout',
  'function-deadline',
  'idle-timeout',
]);

const OPENAI_CLASSES: Readonly<Record<number, unknown>> = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  403: OpenAI.PermissionDeniedError,
  404: OpenAI.NotFoundError,
  429: OpenAI.RateLimitError,
  500: OpenAI.InternalServerError,
  502: OpenAI.InternalServerError,
  503: OpenAI.InternalServerError,
  504: OpenAI.InternalServerError,
};

const ANTHROPIC_CLASSES: Readonly<Record<number, unknown>> = {
  400: Anthropic.BadRequestError,
  401: Anthropic.AuthenticationError,
  403: Anthropic.PermissionDeniedError,
  404: Anthropic.NotFoundError,
  429: Anthropic.RateLimitError,
  500: Anthropic.InternalServerError,
  502: Anthropic.InternalServerError,
};

/**
 * Responds to `/<code>/…` with that failure, as the proxy writes it; to `/stream/<code>/…` with a stream that ends in
 * it.
 */
let server: http.Server;
let url: string;
let requests = 0;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    requests++;
    const [, how, code, path] =
      /^\/(stream\/|)([a-z0-9-]+)(\/[^?]*)/.exec(request.url ?? '') ?? ([] as undefined[]);
    const failure = new ProxyError(code as FailureCode);
    const dialect = isOpenaiShaped(path ?? '')
      ? openaiDialect
      : path === '/v1/messages'
        ? anthropicDialect
        : geminiDialect;
    request.resume().on('end', () => {
      if (how) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(dialect.streamErrorEvent(failure, path ?? ''));
        return;
      }
      const body = Buffer.from(JSON.stringify(dialect.errorBody(failure)));
      // Nobody is to wait here; the clients take this header for how long.
      response.writeHead(failure.status, [...failureHeaders(failure, body.length), 'Retry-After-Ms', '1']);
      response.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = 0;
});

const caught = async (action: Promise<unknown>) =>
  action.then(() => undefined).catch((error: unknown) => error);
const messages = [{ role: 'user' as const, content: 'Hi' }];
const openai = (base: string) => new OpenAI({ apiKey: 'sk-x', baseURL: `${url}/${base}/v1`, maxRetries: 1 });
const anthropic = (base: string) =>
  new Anthropic({ apiKey: 'sk-x', authToken: null, baseURL: `${url}/${base}`, maxRetries: 1 });
const gemini = (base: string) =>
  new GoogleGenAI({
    apiKey: 'AIza-x',
    httpOptions: { baseUrl: `${url}/${base}`, fetch: (input, init) => fetch(input, init) },
  });

async function readAll(stream: Promise<AsyncIterable<unknown>>): Promise<void> {
  for await (const _one of await stream);
}

describe.each(codes)('%s', (code) => {
  const [status, openaiType, anthropicType, google] = FAILURE_ROWS[code];
  const { message } = FAILURES[code];
  const times = REPEATED.has(code) ? 2 : 1;

  it(`is raised by OpenAI’s client, after ${times} of 2 tries`, async () => {
    const error = await caught(openai(code).chat.completions.create({ model: 'm', messages }));
    expect(error).toBeInstanceOf(OPENAI_CLASSES[status] ?? OpenAI.APIError);
    expect(error).toMatchObject({ status, code, type: openaiType, message: `${status} ${message}` });
    expect(requests).toBe(times);
  });

  it(`is raised by Anthropic’s client, after ${times} of 2 tries`, async () => {
    const error = await caught(anthropic(code).messages.create({ model: 'm', max_tokens: 1, messages }));
    expect(error).toBeInstanceOf(ANTHROPIC_CLASSES[status] ?? Anthropic.APIError);
    expect(error).toMatchObject({ status, type: anthropicType, error: { error: { message } } });
    expect(requests).toBe(times);
  });

  it('is raised by Google’s client', async () => {
    const error = await caught(gemini(code).models.generateContent({ model: 'm', contents: 'Hi' }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status });
    expect(JSON.parse((error as ApiError).message)).toEqual({
      error: { code: status, message, status: google },
    });
  });

  it('is raised by every client out of a stream', async () => {
    const chat = openai(`stream/${code}`).chat.completions.create({ model: 'm', messages, stream: true });
    expect(await caught(readAll(chat))).toMatchObject({ code, type: openaiType, error: { message } });
    const response = openai(`stream/${code}`).responses.create({ model: 'm', input: 'Hi', stream: true });
    expect(await caught(readAll(response))).toMatchObject({ code, type: openaiType, error: { message } });
    const claude = anthropic(`stream/${code}`).messages.create({
      model: 'm',
      max_tokens: 1,
      messages,
      stream: true,
    });
    expect(await caught(readAll(claude))).toMatchObject({
      type: anthropicType,
      error: { error: { message } },
    });
    const google = gemini(`stream/${code}`).models.generateContentStream({ model: 'm', contents: 'Hi' });
    expect(await caught(readAll(google))).toMatchObject({ name: 'ApiError', status });
  });
});
