import type { IncomingHttpHeaders } from 'node:http';
import { CallerLeft, ProxyError } from '../errors';
import type { Header } from '../providers/provider';
import { abandon, type UpstreamAnswer } from './answer';
import type { Exchange } from './exchange';
import { inboundHeaders } from './headers';

/** No provider's error is longer; what is passes unread. */
const MAX_REFUSAL_BYTES = 64 * 1024;

/** An upstream's answer that was read whole, so that it can be judged, and given to a caller later on. */
export interface Refusal {
  readonly status: number;
  readonly statusMessage: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly bytes: Buffer;
  /** What they say, decoded; '' where that cannot be told. */
  readonly text: string;
}

/**
 * Reads an answer whole, which also frees its socket for the next request.
 * @returns undefined where it is too long; it can then still be relayed from its beginning
 * @throws whatever stops the exchange meanwhile; `upstream-cut` where the answer breaks off
 */
export async function readRefusal(
  upstream: UpstreamAnswer,
  exchange: Exchange,
): Promise<Refusal | undefined> {
  const bytes = await readBytes(upstream, exchange);
  if (!bytes) return undefined;
  const { statusCode = 502, statusMessage = '', headers, rawHeaders } = upstream;
  const text = await textOf(bytes, headers['content-encoding'] ?? 'identity');
  return { status: statusCode, statusMessage, headers, rawHeaders, bytes, text };
}

function readBytes(upstream: UpstreamAnswer, exchange: Exchange): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= MAX_REFUSAL_BYTES) return;
      upstream.pause();
      upstream.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      upstream.unshift(Buffer.concat(chunks));
      resolve(undefined);
    };
    const onEnd = () => {
      if (upstream.complete) resolve(Buffer.concat(chunks));
    };
    const onError = (cause: Error) => {
      reject(new ProxyError('upstream-cut', { cause }));
    };
    const onClose = () => {
      if (!upstream.complete) reject(new ProxyError('upstream-cut'));
    };
    exchange.onStop((reason) => {
      reject(reason);
      abandon(upstream);
    });
    upstream.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    if (upstream.destroyed) onClose();
  });
}

/** The text of a refusal, decoded; '' where that cannot be done. */
async function textOf(bytes: Buffer, encoding: string): Promise<string> {
  if (encoding === 'identity') return bytes.toString('utf8');
  // Loaded when the first compressed refusal comes: a start has no use for it.
  const { brotliDecompressSync, gunzipSync, inflateSync } = await import('node:zlib');
  const decode = { gzip: gunzipSync, deflate: inflateSync, br: brotliDecompressSync }[encoding];
  try {
    // zstd: Node 18 and 20 cannot
    return decode ? decode(bytes, { maxOutputLength: MAX_REFUSAL_BYTES }).toString('utf8') : '';
  } catch {
    return '';
  }
}

/** A refusal in which a key of the pool does not stand, as it does in Google's `Consumer 'api_key:…' has been suspended`. */
export function withoutKey(refusal: Refusal, key: string): Refusal {
  if (!refusal.text.includes(key)) return refusal;
  const text = refusal.text.replaceAll(key, '[redacted]');
  const bytes = Buffer.from(text);
  const rawHeaders = refusal.rawHeaders.filter(
    (_, at) => !/^content-(?:length|encoding)$/i.test(refusal.rawHeaders[at - (at % 2)] ?? ''),
  );
  const { 'content-encoding': _encoding, ...headers } = refusal.headers;
  return {
    ...refusal,
    headers,
    rawHeaders: [...rawHeaders, 'Content-Length', String(bytes.length)],
    bytes,
    text,
  };
}

/** Gives an upstream's answer to the caller in its own words; `ours` replaces headers of the same names. */
export function answerRefusal(refusal: Refusal, exchange: Exchange, ours: readonly Header[]): void {
  const { response, request } = exchange;
  const replaced = new Set(ours.map(([name]) => name.toLowerCase()));
  const theirs = refusal.rawHeaders.filter(
    (_, at) => !replaced.has((refusal.rawHeaders[at - (at % 2)] ?? '').toLowerCase()),
  );
  const headers = inboundHeaders(theirs, {
    ownHeaders: [...ours.flat(), ...exchange.ownHeaders],
    eventStream: false,
  });
  try {
    response.writeHead(refusal.status, refusal.statusMessage, headers);
  } catch (cause) {
    throw new ProxyError('upstream-invalid', { cause });
  }
  exchange.firstByteMs = exchange.elapsedMs();
  exchange.bytes += refusal.bytes.length;
  exchange.onStop((reason) => {
    if (!(reason instanceof CallerLeft)) response.destroy();
  });
  response.end(request.method === 'HEAD' ? undefined : refusal.bytes);
}
