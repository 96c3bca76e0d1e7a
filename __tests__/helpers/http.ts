import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import net from 'node:net';

/** A response as it was received. */
export interface WireResponse {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The chunks as they arrived, with the time of each. */
  readonly chunks: readonly { readonly bytes: Buffer; readonly atMs: number }[];
  /** Whether the body ended as its framing says. */
  readonly complete: boolean;
}

export interface WireRequest {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders | readonly string[];
  readonly body?: string | Buffer;
  /** Leaves the request open after the body. */
  readonly agent?: http.Agent;
}

/** Sends one request with nothing added or followed; the path goes out as it is written here. */
export function send(base: string, path: string, request: WireRequest = {}): Promise<WireResponse> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const outgoing = http.request({
      hostname,
      port,
      path,
      method: request.method ?? (request.body === undefined ? 'GET' : 'POST'),
      headers: request.headers as http.OutgoingHttpHeaders,
      ...(request.agent ? { agent: request.agent } : { agent: false }),
    });
    outgoing.on('response', (response) => {
      collect(response).then(resolve, reject);
    });
    outgoing.on('error', reject);
    outgoing.end(request.body);
  });
}

function collect(response: IncomingMessage): Promise<WireResponse> {
  return new Promise((resolve) => {
    const chunks: { bytes: Buffer; atMs: number }[] = [];
    response.on('data', (bytes: Buffer) => chunks.push({ bytes, atMs: performance.now() }));
    response.on('error', () => undefined);
    response.on('close', () => {
      resolve({
        status: response.statusCode ?? 0,
        statusMessage: response.statusMessage ?? '',
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        body: Buffer.concat(chunks.map(({ bytes }) => bytes)),
        chunks,
        complete: response.complete,
      });
    });
  });
}

/** Sends bytes unchanged, and resolves with everything that was received when the other side has closed. */
export function sendRaw(
  port: number,
  bytes: string | Buffer,
  encoding: BufferEncoding = 'latin1',
): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let response = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => (response += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(response));
    if (typeof bytes === 'string') socket.write(bytes, encoding);
    else socket.write(bytes);
  });
}

/** Waits until a condition holds, checking every few ms; the error names the condition. */
export async function until(what: string, holds: () => boolean, limitMs = 25_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`It never came true that ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a client of each provider sends beside the body. */
export const OPENAI_HEADERS = {
  authorization: 'Bearer sk-test-client-key',
  'content-type': 'application/json',
};
export const ANTHROPIC_HEADERS = {
  'x-api-key': 'sk-ant-api-test-client-key',
  'anthropic-version': '2023-06-01',
  'content-type': 'application/json',
};
