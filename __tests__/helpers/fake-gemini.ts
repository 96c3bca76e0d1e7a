import type { IncomingMessage, ServerResponse } from 'node:http';
import { SIMULATED_TEXT, simulatedReply } from '../../scripts/fakes/simulated-replies';
import {
  GOOGLE_HEADERS,
  NOT_FOUND,
  googleError,
  errorFor,
  sendGoogle,
  type GeminiError,
} from './fake-gemini-errors';
import { FakeGeminiFiles } from './fake-gemini-files';
import type { Responder, SeenRequest } from '../../scripts/fakes/fake-upstream';

/** A request as the parts of the fake take it. */
export interface GeminiRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: SeenRequest;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface FakeGemini {
  readonly respond: Responder;
  /** Refuses a key from now on; else every key that begins with `AIza` is good. */
  refuse(key: string, error: GeminiError): void;
  readonly files: FakeGeminiFiles;
}

/** The Gemini API: https://ai.google.dev/api, with its errors as its users report them. */
export function fakeGemini(): FakeGemini {
  const refused = new Map<string, GeminiError>();
  const files = new FakeGeminiFiles();
  return {
    files,
    refuse(key, error) {
      refused.set(key, error);
    },
    respond(request, response, seen) {
      const { pathname: path, searchParams: query } = new URL(seen.url, 'http://upstream');
      const one: GeminiRequest = { request, response, seen, path, query };
      const openai = path.startsWith('/v1beta/openai/');
      const apiKeyHolds = () => {
        const error = errorFor(keyOf(one, openai), refused, openai);
        // The endpoint for OpenAI's clients has errors as lists of one.
        if (error) sendGoogle(response, error.error.code, openai ? [error] : error);
        return !error;
      };
      if (files.respond(one, apiKeyHolds) || !apiKeyHolds()) return;
      if (openai) respondAsOpenai(one);
      else if (!respondToModels(one)) sendGoogle(response, 404, NOT_FOUND);
    },
  };
}

function keyOf({ seen, query }: GeminiRequest, openai: boolean): string | undefined {
  if (openai) return /^Bearer (.+)$/.exec(seen.headers.authorization ?? '')?.[1];
  const header = seen.headers['x-goog-api-key'];
  return typeof header === 'string' ? header : (query.get('key') ?? undefined);
}

function respondAsOpenai({ response, seen, path }: GeminiRequest): void {
  const { model = '', stream = false } = JSON.parse(seen.body.toString() || '{}') as {
    model?: string;
    stream?: boolean;
  };
  const reply = simulatedReply({ method: seen.method, path: path.replace('beta/openai', ''), stream, model });
  if (!reply) {
    sendGoogle(response, 404, [NOT_FOUND]);
    return;
  }
  response.writeHead(reply.status, {
    ...GOOGLE_HEADERS,
    'content-type': stream ? 'text/event-stream' : 'application/json',
  });
  for (const piece of reply.pieces) response.write(piece);
  response.end();
}

const MODELS = ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-embedding-001'].map((id) => ({
  name: `models/${id}`,
  version: '001',
  displayName: id,
  inputTokenLimit: 1_048_576,
  outputTokenLimit: 65_536,
  supportedGenerationMethods: id.includes('embedding')
    ? ['embedContent']
    : ['generateContent', 'countTokens'],
}));
const TOKENS = [{ modality: 'TEXT', tokenCount: 14 }];
const EMBEDDING = { values: [0, 0.125, 0.25, 0.375] };

interface GeminiBody {
  readonly contents?: readonly unknown[];
  readonly requests?: readonly unknown[];
  readonly generationConfig?: { readonly temperature?: number };
}

function problemOf({ contents, generationConfig }: GeminiBody): string | undefined {
  if (!contents?.length) return 'contents: contents is not specified';
  return (generationConfig?.temperature ?? 0) > 2
    ? 'generation_config.temperature: temperature must be in the range [0.0, 2.0].'
    : undefined;
}

function respondToModels({ response, seen, path, query }: GeminiRequest): boolean {
  const [, id, verb] = /^\/v1(?:alpha|beta)?\/models(?:\/([\w.-]+)(?::(\w+))?)?$/.exec(path) ?? [path];
  if (id === undefined) {
    if (!path.endsWith('/models')) return false;
    sendGoogle(response, 200, { models: MODELS });
    return true;
  }
  const model = MODELS.find(({ name }) => name === `models/${id}`);
  if (!model) {
    const message = `models/${id} is not found for API version v1beta, or is not supported for ${String(verb)}. Call ListModels to see the list of available models and their supported methods.`;
    sendGoogle(response, 404, googleError(404, 'NOT_FOUND', message));
    return true;
  }
  if (verb === undefined) {
    sendGoogle(response, 200, model);
    return true;
  }
  const body = JSON.parse(seen.body.toString() || '{}') as GeminiBody;
  const problem = /generateContent/i.test(verb) ? problemOf(body) : undefined;
  if (problem !== undefined) {
    const message = `* GenerateContentRequest.${problem}\n`;
    sendGoogle(response, 400, googleError(400, 'INVALID_ARGUMENT', message));
    return true;
  }
  switch (verb) {
    case 'generateContent':
      sendGoogle(response, 200, generated(SIMULATED_TEXT, true, id));
      return true;
    case 'streamGenerateContent':
      streamGenerated(response, query.get('alt') === 'sse', id);
      return true;
    case 'countTokens':
      sendGoogle(response, 200, { totalTokens: 14, promptTokensDetails: TOKENS });
      return true;
    case 'embedContent':
      sendGoogle(response, 200, { embedding: EMBEDDING });
      return true;
    case 'batchEmbedContents':
      sendGoogle(response, 200, { embeddings: (body.requests ?? []).map(() => EMBEDDING) });
      return true;
    default:
      return false;
  }
}

function generated(text: string, last: boolean, model: string): object {
  return {
    candidates: [
      { content: { parts: [{ text }], role: 'model' }, ...(last ? { finishReason: 'STOP' } : {}), index: 0 },
    ],
    usageMetadata: {
      promptTokenCount: 14,
      ...(last ? { candidatesTokenCount: 18 } : {}),
      totalTokenCount: last ? 32 : 14,
      promptTokensDetails: TOKENS,
    },
    modelVersion: model,
    responseId: 'gemini-simulated',
  };
}

/** Events with CRLF if `alt=sse` requests them, otherwise one JSON array in parts. */
function streamGenerated(response: ServerResponse, events: boolean, model: string): void {
  const words = SIMULATED_TEXT.match(/\S+\s*/g) ?? [];
  const parts = words.map((word, at) => generated(word, at === words.length - 1, model));
  response.writeHead(200, {
    ...GOOGLE_HEADERS,
    'content-type': events ? 'text/event-stream' : 'application/json; charset=UTF-8',
    ...(events ? { 'content-disposition': 'attachment' } : {}),
  });
  parts.forEach((part, at) => {
    if (events) response.write(`data: ${JSON.stringify(part)}\r\n\r\n`);
    else response.write(`${at === 0 ? '[' : ',\r\n'}${JSON.stringify(part, null, 2)}\n`);
  });
  response.end(events ? '' : ']\n');
}
