import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { errorCode } from '../../errors/node-errors';
import type { UpstreamOrigin } from '../routing/upstream-origin';
import type { ProxyChoice } from './http-proxy';
import { openTo } from './open-to';

const MAX_RESPONSE_BYTES = 4_096;

export interface PostRequest {
  readonly origin: Pick<UpstreamOrigin, 'protocol' | 'hostname' | 'port' | 'host'>;
  /** With the query. */
  readonly path: string;
  /** Without `Host` and `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** For the whole request, including the connection. */
  readonly limitMs: number;
  /** The user's HTTP proxy; `undefined` to connect directly. */
  readonly httpProxy?: ProxyChoice | undefined;
}

export interface PostResponse {
  readonly status: number;
  /** The beginning of its body; '' unless the status is one of success. */
  readonly text: string;
}

/** Why there is no response: a code or a time limit, and nothing of the address. */
export class PostError extends Error {
  override readonly name = 'PostError';
}

/**
 * Posts a body on a connection of its own, whose certificate is verified. A redirect is a response like any other.
 * @throws PostError
 */
export async function postOnce(post: PostRequest): Promise<PostResponse> {
  const { origin, limitMs, httpProxy } = post;
  const { opened, cancel } = openTo(origin, limitMs, httpProxy);
  let request: ClientRequest | undefined;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new PostError(`no response within ${limitMs} ms`)), limitMs);
  });
  const send = async () => {
    const socket = await opened;
    const { path, body } = post;
    const headers = { Host: origin.host, ...post.headers, 'Content-Length': body.length };
    request = requestHttp({ createConnection: () => socket, method: 'POST', path, headers });
    const response = await responseTo(request.end(body));
    const { statusCode: status = 0 } = response;
    return { status, text: status >= 200 && status <= 299 ? await readBeginning(response) : '' };
  };
  try {
    return await Promise.race([send(), timeout]);
  } catch (error) {
    if (error instanceof PostError) throw error;
    throw new PostError(errorCode(error) || 'the connection failed');
  } finally {
    clearTimeout(timer);
    cancel();
    request?.destroy();
  }
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
  });
}

async function readBeginning(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_RESPONSE_BYTES) break;
  }
  return text.slice(0, MAX_RESPONSE_BYTES);
}
