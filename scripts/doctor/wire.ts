import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import crossFetch from 'cross-fetch';
import { errorCode } from '../../src/errors';
import { agentFor } from '../agents';

const CALL_LIMIT_MS = 30_000;

export interface Answer {
  readonly status: number;
  /** Undefined where there is no such header; several of a name are joined by `, `. */
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** A plain call, on a connection of its own as a first visitor has it. @throws Error with a sentence for people */
export async function call(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<Answer> {
  try {
    // node-fetch takes an agent, which the types of a browser's fetch do not know.
    const options = { ...request, agent: agentFor(url), signal: AbortSignal.timeout(CALL_LIMIT_MS) };
    const answer = await crossFetch(url, options);
    return {
      status: answer.status,
      header: (name) => answer.headers.get(name) ?? undefined,
      text: await answer.text(),
    };
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** Pieces of an answer's body, each with the time (`performance.now()`) at which it came. */
export interface TimedAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly pieces: readonly { readonly text: string; readonly atMs: number }[];
  /** Whether the body ended as its framing says. */
  readonly complete: boolean;
}

/** Reads an answer piece by piece, as it arrives. @throws Error with a sentence for people */
export function timedCall(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly limitMs: number;
  },
): Promise<TimedAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = open(url, request);
    outgoing.on('error', (error) => {
      reject(new Error(reasonOf(error), { cause: error }));
    });
    outgoing.on('response', (response) => {
      const pieces: { text: string; atMs: number }[] = [];
      response.setEncoding('utf8');
      response.on('data', (text: string) => pieces.push({ text, atMs: performance.now() }));
      response.on('error', () => undefined); // `complete` tells
      response.on('close', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          pieces,
          complete: response.complete,
        });
      });
    });
    outgoing.end(request.body);
  });
}

/**
 * Sends a body of that many bytes, and resolves with whatever is answered, be it before the body was taken.
 * @throws Error with a sentence for people where the connection ends without an answer
 */
export function upload(url: string, bytes: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = open(url, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(bytes) },
      limitMs: 120_000,
    });
    outgoing.on('error', (error) => {
      reject(new Error(reasonOf(error), { cause: error }));
    });
    outgoing.on('response', (response) => {
      void readText(response).then((text) => {
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => response.headers[name]?.toString(),
          text,
        });
        outgoing.destroy();
      });
    });
    outgoing.end(Buffer.alloc(bytes, 0x20));
  });
}

function open(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly limitMs: number;
  },
): ClientRequest {
  const outgoing = (url.startsWith('https:') ? https : http).request(url, {
    agent: agentFor(url),
    ...(request.method === undefined ? {} : { method: request.method }),
    ...(request.headers === undefined ? {} : { headers: request.headers }),
  });
  const timer = setTimeout(() => outgoing.destroy(timeoutError()), request.limitMs);
  outgoing.on('close', () => clearTimeout(timer));
  return outgoing;
}

/** What came of a text; an answer that breaks off is told by its status all the same. */
async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  } catch {
    return text;
  }
  return text;
}

function timeoutError(): Error {
  return Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' });
}

/** Why there was no answer, without the address, which may hold a token. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ETIMEDOUT' || (error instanceof Error && error.name === 'AbortError')) {
    return 'No answer came in time.';
  }
  if (code === 'ECONNREFUSED') return 'The connection was refused.';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'The connection was closed before an answer came.';
  return `The connection failed (${code === '' ? 'unknown error' : code}).`;
}
