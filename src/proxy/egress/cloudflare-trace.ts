import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { asUpstreamFailure, errorCode } from '../../errors/node-errors';
import type { ProxyChoice } from '../connect/http-proxy';
import { openTo } from '../connect/open-to';
import type { UpstreamOrigin } from '../routing/upstream-origin';

/** For the whole request, including the connection: a client may be waiting for it. */
const TRACE_LIMIT_MS = 5_000;
const MAX_TRACE_BYTES = 8_192;

/**
 * Fetches the address and country in which an upstream sees this proxy. The providers are behind Cloudflare, which
 * serves this path itself: https://developers.cloudflare.com/fundamentals/reference/cdn-cgi-endpoints/
 * @throws Error whose message says why there is no trace
 */
export async function fetchTrace(
  origin: UpstreamOrigin,
  connectTimeoutMs: number,
  httpProxy?: ProxyChoice,
): Promise<string> {
  const connectLimitMs = Math.min(connectTimeoutMs, TRACE_LIMIT_MS);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new TraceError(`No response within ${TRACE_LIMIT_MS} ms.`)),
      TRACE_LIMIT_MS,
    );
  });
  // A socket of its own, separate from those of the relay.
  const { opened, cancel } = openTo(origin, connectLimitMs, httpProxy);
  let request: ClientRequest | undefined;
  const fetchText = async () => {
    const socket = await opened;
    const headers = { Host: origin.host };
    request = requestHttp({ createConnection: () => socket, path: '/cdn-cgi/trace', headers });
    return readTrace(await responseTo(request));
  };
  try {
    return await Promise.race([fetchText(), timeout]);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    if (!request && errorCode(error) === 'ETIMEDOUT') {
      throw new TraceError(`No connection within ${connectLimitMs} ms.`);
    }
    throw new TraceError(asUpstreamFailure(error).message);
  } finally {
    clearTimeout(timer);
    cancel();
    request?.destroy();
  }
}

class TraceError extends Error {
  override readonly name = 'TraceError';
}

function responseTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve).on('error', reject).end();
  });
}

async function readTrace(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200)
    throw new TraceError(`The upstream has no trace: it responded with ${String(response.statusCode)}.`);
  let text = '';
  for await (const chunk of response.setEncoding('latin1')) {
    text += String(chunk);
    if (text.length > MAX_TRACE_BYTES) throw new TraceError('The response of the upstream is not a trace.');
  }
  return text;
}
