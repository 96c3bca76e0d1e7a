import type { IncomingHttpHeaders } from 'node:http';
import { CallerLeft, ProxyError } from '../errors';
import type { Header } from '../providers/provider';
import { abandon, type UpstreamAnswer } from './answer';
import { decodeBody } from './decode-body';
import type { Exchange } from './exchange';
import { inboundHeaders } from './headers';
import { withoutSecret } from './without-secret';

/** Hardly any provider's error is longer; what is passes unread. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** A response that was read whole, so that it can be classified, and sent to the client later on. */
export interface BufferedResponse {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
  /** What they say, decoded; `undefined` if the coding is one that cannot be read here. */
  readonly text: string | undefined;
}

/**
 * Reads a response whole, which also frees its socket for the next request.
 * @returns undefined if it is too long; it can then still be relayed from its beginning
 * @throws whatever stops the exchange meanwhile; `upstream-cut` if the response breaks off
 */
export async function bufferResponse(
  upstream: UpstreamAnswer,
  exchange: Exchange,
): Promise<BufferedResponse | undefined> {
  const { bytes, ended } = await readBeginning(upstream, exchange, (size) => size > MAX_BUFFERED_BYTES);
  return ended ? bufferedFrom(upstream, bytes) : undefined;
}

/** A response whose bytes have all come. */
export async function bufferedFrom(upstream: UpstreamAnswer, bytes: Buffer): Promise<BufferedResponse> {
  const { statusCode = 502, statusMessage = '', headers, rawHeaders } = upstream;
  const decoded = await decodeBody(bytes, headers['content-encoding'] ?? '');
  return {
    status: statusCode,
    statusMessage,
    headers,
    rawHeaders,
    bytes,
    text: decoded?.toString('utf8'),
  };
}

/**
 * Reads a response's body until there is enough of it, or its end. If it has not ended it is as if nobody had read it:
 * whoever reads on, after `resume()`, gets it from the beginning.
 * @param isEnough told of each chunk: the bytes so far, and the chunk
 * @param limitMs after which what has come is enough; undefined for never
 * @throws whatever stops the exchange meanwhile; `upstream-cut` if the response breaks off
 */
export function readBeginning(
  upstream: UpstreamAnswer,
  exchange: Exchange,
  isEnough: (bytes: number, chunk: Buffer) => boolean,
  limitMs?: number,
): Promise<{ readonly bytes: Buffer; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const detach = () => {
      clearTimeout(timer);
      upstream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const putBack = () => {
      upstream.pause();
      detach();
      const bytes = Buffer.concat(chunks);
      if (bytes.length > 0) upstream.unshift(bytes);
      resolve({ bytes, ended: false });
    };
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (isEnough(size, chunk)) putBack();
    };
    const onEnd = () => {
      if (!upstream.complete) return;
      detach();
      resolve({ bytes: Buffer.concat(chunks), ended: true });
    };
    const onError = (cause: Error) => {
      clearTimeout(timer);
      reject(new ProxyError('upstream-cut', { cause }));
    };
    const onClose = () => {
      clearTimeout(timer);
      if (!upstream.complete) reject(new ProxyError('upstream-cut'));
    };
    const timer = limitMs === undefined ? undefined : setTimeout(putBack, limitMs);
    exchange.onStop((reason) => {
      clearTimeout(timer);
      reject(reason);
      abandon(upstream);
    });
    upstream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    if (upstream.destroyed) onClose();
  });
}

/** A response in which a key of the server's does not stand, as it does in Google's `Consumer 'api_key:…' has been suspended`. */
export function withoutKey(response: BufferedResponse, key: string): BufferedResponse {
  const rawHeaders = withoutSecret(response.rawHeaders, key);
  const { text } = response;
  if (!text?.includes(key)) return { ...response, rawHeaders };
  const clean = text.replaceAll(key, '[redacted]');
  const bytes = Buffer.from(clean);
  const kept = rawHeaders.filter(
    (_, at) => !/^content-(?:length|encoding)$/i.test(rawHeaders[at - (at % 2)] ?? ''),
  );
  const { 'content-encoding': _encoding, ...headers } = response.headers;
  return {
    ...response,
    headers,
    rawHeaders: [...kept, 'Content-Length', String(bytes.length)],
    bytes,
    text: clean,
  };
}

/** Sends a provider's response to the client in its own words; `ours` replaces headers of the same names. */
export function sendBuffered(
  { rawHeaders, status, statusMessage, bytes }: BufferedResponse,
  exchange: Exchange,
  ours: readonly Header[],
): void {
  const { response, request } = exchange;
  const replaced = new Set(ours.map(([name]) => name.toLowerCase()));
  const theirs = rawHeaders.filter((_, at) => !replaced.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
  const headers = inboundHeaders(theirs, {
    ownHeaders: [...ours.flat(), ...exchange.ownHeaders],
    eventStream: false,
  });
  try {
    response.writeHead(status, statusMessage, headers);
  } catch (cause) {
    throw new ProxyError('upstream-invalid', { cause });
  }
  exchange.firstByteMs = exchange.elapsedMs();
  exchange.bytes += bytes.length;
  exchange.onStop((reason) => {
    if (!(reason instanceof CallerLeft)) response.destroy();
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
