import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import crossFetch from 'cross-fetch';
import { errorCode } from '../../src/errors/node-errors';
import { agentFor } from '../shared/agents';

const CALL_LIMIT_MS = 30_000;

export interface HttpResponse {
  readonly status: number;
  /** `undefined` if there is no such header; several values of one name are joined by `, `. */
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** A plain call on a new connection, as a first-time client has it. @throws Error with a message for the user */
export async function call(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } = {},
): Promise<HttpResponse> {
  try {
    // node-fetch takes an agent, which the types of the browser's fetch lack.
    const options = { ...request, agent: agentFor(url), signal: AbortSignal.timeout(CALL_LIMIT_MS) };
    const response = await crossFetch(url, options);
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: await response.text(),
    };
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
}

/** The pieces of a response body, each with the time (`performance.now()`) at which it arrived. */
export interface TimedResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly pieces: readonly { readonly text: string; readonly atMs: number }[];
  /** Whether the body ended as its framing says. */
  readonly complete: boolean;
}

/** Reads a response piece by piece, as it arrives. @throws Error with a message for the user */
export function timedCall(
  url: string,
  request: {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly limitMs: number;
  },
): Promise<TimedResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = open(url, request);
    outgoing.on('error', (error) => {
      reject(new Error(reasonOf(error), { cause: error }));
    });
    outgoing.on('response', (response) => {
      const pieces: { text: string; atMs: number }[] = [];
      response.setEncoding('utf8');
      response.on('data', (text: string) => pieces.push({ text, atMs: performance.now() }));
      response.on('error', () => undefined); // `complete` reports it
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

/** A response that was not read to its end. */
export interface HeldResponse extends HttpResponse {
  /** Whether its connection is still there. */
  isOpen(): boolean;
  close(): void;
}

/** An event or an error body has less; more is not kept. */
const MAX_HELD_CHARACTERS = 65_536;

/**
 * Opens a stream; resolves with its first event, or with the whole response if it ends before.
 * @throws Error with a message for the user
 */
export function holdStream(
  url: string,
  request: { readonly headers: Readonly<Record<string, string>>; readonly limitMs: number },
): Promise<HeldResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = open(url, request);
    outgoing.on('error', (error) => {
      reject(new Error(reasonOf(error), { cause: error }));
    });
    outgoing.on('response', (response) => {
      let text = '';
      let isOpen = true;
      const done = () => {
        resolve({
          status: response.statusCode ?? 0,
          header: (name) => response.headers[name]?.toString(),
          text,
          isOpen: () => isOpen,
          close: () => outgoing.destroy(),
        });
      };
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (text.length < MAX_HELD_CHARACTERS) text += piece;
        if (text.includes('\n\n')) done();
      });
      response.on('error', () => undefined); // `close` follows
      response.on('close', () => {
        isOpen = false;
        done();
      });
    });
    outgoing.end();
  });
}

/**
 * Sends a body of that many bytes, and resolves with the response, even one that arrives before the body is read.
 * @throws Error with a message for the user if the connection ends without a response
 */
export function upload(url: string, bytes: number): Promise<HttpResponse> {
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

/** The text that arrived; an incomplete response still has its status. */
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

/** Why there was no response, without the address, which may contain a token. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  if (code === 'ETIMEDOUT' || (error instanceof Error && error.name === 'AbortError')) {
    return 'No response arrived in time.';
  }
  if (code === 'ECONNREFUSED') return 'The connection was refused.';
  if (code === 'ECONNRESET' || code === 'EPIPE')
    return 'The connection was closed before a response arrived.';
  return `The connection failed (${code === '' ? 'unknown error' : code}).`;
}
