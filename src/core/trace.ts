import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { asUpstreamFailure } from '../errors';
import type { UpstreamOrigin } from './upstream-origin';

/** The whole question, connection included: somebody may be waiting for it. */
const TRACE_LIMIT_MS = 5_000;
const MAX_TRACE_BYTES = 8_192;

/**
 * Asks the front of an upstream how it sees this proxy. The providers are behind Cloudflare, which answers this path
 * itself: https://developers.cloudflare.com/fundamentals/reference/cdn-cgi-endpoints/
 * @throws Error with a sentence that says why there is no trace
 */
export function fetchTrace(
  { protocol, hostname, port, host }: UpstreamOrigin,
  connectTimeoutMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? https : http).request({
      agent: false, // a socket of its own: the relay's are none of its business
      host: hostname,
      port,
      path: '/cdn-cgi/trace',
      headers: { Host: host },
    });
    const release = limitTime(request, connectTimeoutMs, protocol === 'https:' ? 'secureConnect' : 'connect');
    const fail = (error: unknown) => {
      release();
      request.destroy();
      reject(error instanceof Unreadable ? error : new Unreadable(asUpstreamFailure(error).message));
    };
    request.on('error', fail);
    request.on('response', (answer) => {
      readTrace(answer).then((text) => {
        release();
        resolve(text);
      }, fail);
    });
    request.end();
  });
}

class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** Ends a request that does not connect or does not end in time. @returns what ends the watching */
function limitTime(
  request: ClientRequest,
  connectTimeoutMs: number,
  ready: 'connect' | 'secureConnect',
): () => void {
  const after = (ms: number, what: string) =>
    setTimeout(() => request.destroy(new Unreadable(`No ${what} within ${ms} ms.`)), ms);
  const whole = after(TRACE_LIMIT_MS, 'answer');
  const connect = after(connectTimeoutMs, 'connection');
  request.on('socket', (socket) => socket.once(ready, () => clearTimeout(connect)));
  return () => {
    clearTimeout(whole);
    clearTimeout(connect);
  };
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
