import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import { asUpstreamFailure, errorCode } from '../errors';
import { openTo } from './racing-agent';
import type { UpstreamOrigin } from './upstream-origin';

/** The whole question, connection included: somebody may be waiting for it. */
const TRACE_LIMIT_MS = 5_000;
const MAX_TRACE_BYTES = 8_192;

/**
 * Asks the front of an upstream how it sees this proxy. The providers are behind Cloudflare, which answers this path
 * itself: https://developers.cloudflare.com/fundamentals/reference/cdn-cgi-endpoints/
 * @throws Error with a sentence that says why there is no trace
 */
export async function fetchTrace(origin: UpstreamOrigin, connectTimeoutMs: number): Promise<string> {
  const connectLimitMs = Math.min(connectTimeoutMs, TRACE_LIMIT_MS);
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(new Unreadable(`No answer within ${TRACE_LIMIT_MS} ms.`)), TRACE_LIMIT_MS);
  });
  // A socket of its own: the relay's are none of its business.
  const { opened, cancel } = openTo(origin, connectLimitMs);
  let request: ClientRequest | undefined;
  const ask = async () => {
    const socket = await opened;
    const headers = { Host: origin.host };
    request = http.request({ createConnection: () => socket, path: '/cdn-cgi/trace', headers });
    return readTrace(await answerTo(request));
  };
  try {
    return await Promise.race([ask(), tooLate]);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    if (!request && errorCode(error) === 'ETIMEDOUT') {
      throw new Unreadable(`No connection within ${connectLimitMs} ms.`);
    }
    throw new Unreadable(asUpstreamFailure(error).message);
  } finally {
    clearTimeout(late);
    cancel();
    request?.destroy();
  }
}

class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end();
  });
}

async function readTrace(answer: IncomingMessage): Promise<string> {
  if (answer.statusCode !== 200)
    throw new Unreadable(`The upstream has no trace: it answered ${String(answer.statusCode)}.`);
  let text = '';
  for await (const chunk of answer.setEncoding('latin1')) {
    text += String(chunk);
    if (text.length > MAX_TRACE_BYTES) throw new Unreadable('What the upstream answered is no trace.');
  }
  return text;
}
