import type { IncomingHttpHeaders } from 'node:http';
import { ClientDisconnected, ProxyError } from '../../errors/proxy-error';
import type { Header } from '../../http/header';
import { abandon, type UpstreamResponse } from './upstream-response';
import { decodeBody } from '../../http/decode-body';
import type { Exchange, SentFor } from '../exchange/exchange';
import { inboundHeaders } from '../../http/filter-headers';
import { withoutSecret, withoutSecretIn } from '../../secrets/without-secret';

/** Hardly any provider's error is longer; a longer one is relayed unread. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** A response that was read whole, so that it can be classified, and sent to the client later. */
export interface BufferedResponse {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
  /** The decoded bytes; `undefined` if the content coding is not supported here. */
  readonly text: string | undefined;
}

/**
 * Reads a response whole, which also frees its socket for the next request.
 * @returns `undefined` if it is too long; it can then still be relayed from its beginning
 * @throws the reason that stops the exchange meanwhile; `upstream-cut` if the response is incomplete
 */
export async function bufferResponse(
  upstream: UpstreamResponse,
  exchange: SentFor,
): Promise<BufferedResponse | undefined> {
  const { bytes, ended } = await readBeginning(upstream, exchange, (size) => size > MAX_BUFFERED_BYTES);
  return ended ? bufferedFrom(upstream, bytes) : undefined;
}

/** A response whose bytes were all received. */
export async function bufferedFrom(upstream: UpstreamResponse, bytes: Buffer): Promise<BufferedResponse> {
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

/** When the received part of a response is enough, whatever it is. */
interface ReadLimits {
  /** After this time; `undefined` for no limit. */
  readonly limitMs?: number | undefined;
  /** Once this resolves. */
  readonly enough?: Promise<void> | undefined;
}

/**
 * Reads a response's body until there is enough of it, or to its end. If it has not ended, the bytes are put back: the
 * next reader, after `resume()`, gets it from the beginning.
 * @param isEnough called for each chunk with the bytes so far, and the chunk
 * @throws the reason that stops the exchange meanwhile; `upstream-cut` if the response is incomplete
 */
export function readBeginning(
  upstream: UpstreamResponse,
  exchange: SentFor,
  isEnough: (bytes: number, chunk: Buffer) => boolean,
  { limitMs, enough }: ReadLimits = {},
): Promise<{ readonly bytes: Buffer; readonly ended: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isSettled = false;
    const settle = () => {
      isSettled = true;
      clearTimeout(timer);
    };
    const detach = () => {
      settle();
      isOver();
      upstream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
    };
    const putBack = () => {
      if (isSettled) return;
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
      settle();
      reject(new ProxyError('upstream-cut', { cause }));
    };
    const onClose = () => {
      settle();
      if (!upstream.complete) reject(new ProxyError('upstream-cut'));
    };
    const timer = limitMs === undefined ? undefined : setTimeout(putBack, limitMs);
    void enough?.then(putBack);
    const isOver = exchange.onStop((reason) => {
      settle();
      reject(reason);
      abandon(upstream);
    });
    upstream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    if (upstream.destroyed) onClose();
  });
}

/** A response without the server's key, which Google quotes in `Consumer 'api_key:…' has been suspended`. */
export function withoutKey(response: BufferedResponse, key: string): BufferedResponse {
  const rawHeaders = withoutSecret(response.rawHeaders, key);
  const { text } = response;
  const clean = text && withoutSecretIn(text, key);
  if (clean === undefined || clean === text) return { ...response, rawHeaders };
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

/** Sends a provider's response to the client; `ours` replaces headers of the same names. */
export function sendBuffered(
  { rawHeaders, status, statusMessage, bytes }: BufferedResponse,
  exchange: Exchange,
  ours: readonly Header[],
): void {
  const { response, request } = exchange;
  const replaced = new Set(ours.map(([name]) => name.toLowerCase()));
  const theirs = rawHeaders.filter((_, at) => !replaced.has((rawHeaders[at - (at % 2)] ?? '').toLowerCase()));
  const headers = inboundHeaders(theirs, {
    ownHeaders: [...ours.flat(), ...exchange.proxyHeaders],
    eventStream: false,
  });
  try {
    response.writeHead(status, statusMessage, headers);
  } catch (cause) {
    throw new ProxyError('upstream-invalid', { cause });
  }
  exchange.record.firstByteMs = exchange.elapsedMs();
  if (bytes.length > 0) exchange.record.firstBodyByteMs = exchange.record.firstByteMs;
  exchange.record.bytes += bytes.length;
  exchange.onStop((reason) => {
    if (!(reason instanceof ClientDisconnected)) response.destroy();
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}
