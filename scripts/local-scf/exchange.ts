import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerFunction } from './functions';
import { platformHeaders } from './platform';

const MAX_BODY_BYTES = 6 * 1_048_576;
/** Of a response that is not streamed; whether a stream counts as a whole is not known. */
const MAX_RESPONSE_BYTES = 6 * 1_048_576;
const MAX_RESPONSE_HEADER_BYTES = 4096;

/**
 * The platform's own error responses, with the codes of https://cloud.tencent.com/document/product/583/35311 if it has
 * one for the case.
 */
const STATUS = {
  ContainerStateExited: 405,
  RequestTooLarge: 406,
  ResponseTooLarge: 407,
  TimeLimitReached: 433,
  MemoryLimitReached: 434,
  FunctionStatusError: 438,
  FunctionExited: 439,
  PortBindingFailed: 446,
  ResponseHeadersTooLarge: 502,
  UrlDisabled: 403,
  ClientLeft: 499,
} as const;

export type ExchangeErrorCode = keyof typeof STATUS;

/** An exchange that the platform ended. */
export class ExchangeError extends Error {
  constructor(
    readonly code: ExchangeErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** RFC 9110 §7.6.1: these belong to one connection. */
const HOP_BY_HOP =
  /^(connection|keep-alive|proxy-connection|proxy-authenticate|proxy-authorization|te|trailer|transfer-encoding|upgrade)$/i;

/**
 * The whole body, or an error; the rest of a rejected one is read and discarded, so that the client receives the
 * response.
 */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const tooLarge = () => {
      chunks.length = 0;
      reject(new ExchangeError('RequestTooLarge', 'The request body is over 6 MB.'));
    };
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) tooLarge();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) tooLarge();
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => reject(new ExchangeError('ClientLeft', 'The client left.')));
  });
}

interface Inbound {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly remoteAddress: string;
  readonly body: Buffer;
}

/**
 * The headers that reach the function, as a flat list. A client's header under a name that the platform sets does not; any
 * other does, `X-Scf-Remote-Addr` among them.
 */
export function inboundHeaders(target: ServerFunction, inbound: Inbound): string[] {
  const { request, requestId, remoteAddress, body } = inbound;
  const added = platformHeaders(target, {
    requestId,
    remoteAddress,
    forwardedFor: [request.headers['x-forwarded-for'] ?? []].flat()[0],
  });
  const replaced = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const chunked = request.headers['transfer-encoding'] !== undefined;
  return [
    // `Expect` has been handled here, because the body is read before the function is called.
    ...without(
      request.rawHeaders,
      (name) => HOP_BY_HOP.test(name) || replaced.has(name.toLowerCase()) || /^expect$/i.test(name),
    ),
    ...Object.entries(added).flat(),
    // The gateway is written in Go, whose client names itself if nobody else did.
    ...(request.headers['user-agent'] === undefined ? ['User-Agent', 'Go-http-client/1.1'] : []),
    ...(chunked ? ['Content-Length', String(body.length)] : []),
    ...['Connection', 'close'],
  ];
}

/**
 * The headers of the function's response that reach the client; over 4 KB together they are rejected.
 * @param platformCors whether CORS is on in the Function URL; that the platform's header then stands beside the
 *   function's own is an assumption, the worse of the two possibilities
 */
export function outboundHeaders(
  incoming: IncomingMessage,
  requestId: string,
  platformCors: boolean,
): string[] {
  const bytes = incoming.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text, 'latin1'), 0);
  if (bytes > MAX_RESPONSE_HEADER_BYTES) {
    throw new ExchangeError('ResponseHeadersTooLarge', `The response headers are ${bytes} bytes, over 4 KB.`);
  }
  return [
    ...without(incoming.rawHeaders, (name) => HOP_BY_HOP.test(name)),
    ...['X-Scf-Request-Id', requestId],
    ...(platformCors ? ['Access-Control-Allow-Origin', '*'] : []),
  ];
}

/** Rejects a response that was read as a whole and is over the limit. */
export function checkResponseSize(bytes: number): void {
  if (bytes > MAX_RESPONSE_BYTES) throw new ExchangeError('ResponseTooLarge', 'The response is over 6 MB.');
}

function without(rawHeaders: readonly string[], drop: (name: string) => boolean): string[] {
  return rawHeaders.filter((_text, at) => !drop(rawHeaders[at - (at % 2)] ?? ''));
}

/** Sends an error in the platform's form; a response that has begun can only be terminated. */
export function sendError(response: ServerResponse, requestId: string, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { code, message } =
    error instanceof ExchangeError ? error : { code: 'FunctionExited' as const, message: String(error) };
  response.writeHead(STATUS[code], {
    'Content-Type': 'application/json',
    'X-Scf-Request-Id': requestId,
    ...(code === 'RequestTooLarge' ? { Connection: 'close' } : {}),
  });
  response.end(JSON.stringify({ errorCode: code, errorMessage: message, requestId }));
}
