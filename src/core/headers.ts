import type { Header } from '../providers/provider';
import { readableEncodings } from './decode-body';
import { isKeptFromCaller, isKeptFromServerKey, isKeptFromUpstream } from './header-lists';

/**
 * The upstream may look at the user agent, so the caller's own passes; where there is none, this one says no more
 * than Node's own client would.
 */
const NEUTRAL_USER_AGENT = 'node';

/** How a body is delimited on its way upstream (RFC 9112 §6). */
export type Framing = { readonly contentLength: number } | 'chunked' | 'none';

/** A flat list of names and values, as `IncomingMessage.rawHeaders` has it: case, order and repetitions as they came. */
export type RawHeaders = readonly string[];

/** What this proxy puts into an outbound request. */
export interface OwnHeaders {
  readonly host: string;
  readonly key: Header | undefined;
  /** Whether the key is the server's, so that what tells of the client's own account is left out. */
  readonly serverKey?: boolean;
  readonly framing: Framing;
  /** Whether the response may have to be read here, and so must come in a coding that this Node can read. */
  readonly readable?: boolean | undefined;
  /** Of a request that asks to become a WebSocket. */
  readonly upgrade?: { readonly subprotocols: string | undefined } | undefined;
}

/** What an upgrade to a WebSocket negotiates passes end to end; the subprotocols may carry a key and are ours. */
const NEGOTIATED = /^sec-websocket-(?:key|version|extensions)$/i;

/**
 * The headers of an outbound request: what may pass of the inbound ones, then ours. First out with what is not
 * trusted, then in with what is.
 */
export function outboundHeaders(inbound: RawHeaders, ours: OwnHeaders): string[] {
  const headers: string[] = ['Host', ours.host];
  const named = connectionOptions(inbound);
  const isKept = ours.serverKey === true ? isKeptFromServerKey : isKeptFromUpstream;
  let userAgent = false;
  for (let at = 0; at < inbound.length; at += 2) {
    const name = inbound[at] ?? '';
    if (isKept(name) && !(ours.upgrade && NEGOTIATED.test(name))) continue;
    if (named?.has(name.toLowerCase())) continue;
    userAgent ||= isNamed(name, 'user-agent');
    const value = inbound[at + 1] ?? '';
    headers.push(name, ours.readable && isNamed(name, 'accept-encoding') ? readableEncodings(value) : value);
  }
  if (!userAgent) headers.push('User-Agent', NEUTRAL_USER_AGENT);
  if (ours.key) headers.push(ours.key[0], ours.key[1]);
  if (ours.upgrade) {
    headers.push('Connection', 'Upgrade', 'Upgrade', 'websocket');
    const { subprotocols } = ours.upgrade;
    if (subprotocols !== undefined) headers.push('Sec-WebSocket-Protocol', subprotocols);
  }
  if (ours.framing === 'chunked') headers.push('Transfer-Encoding', 'chunked');
  else if (ours.framing !== 'none') headers.push('Content-Length', String(ours.framing.contentLength));
  return headers;
}

/** What mostly stands there, and names no header. */
const ONLY_OF_CONNECTION = /^(?:keep-alive|close|upgrade)$/i;

/** The header names that `Connection` names, which are hop-by-hop by that. */
function connectionOptions(headers: RawHeaders): Set<string> | undefined {
  let named: Set<string> | undefined;
  for (let at = 0; at < headers.length; at += 2) {
    if (!isNamed(headers[at] ?? '', 'connection')) continue;
    const value = headers[at + 1] ?? '';
    if (ONLY_OF_CONNECTION.test(value)) continue;
    for (const option of value.split(',')) {
      (named ??= new Set()).add(option.trim().toLowerCase());
    }
  }
  // Naming one of these could strip what routing and framing rest on; a sender has no business to.
  named?.delete('content-type');
  named?.delete('content-encoding');
  return named;
}

/** A header's first value; undefined where there is none. Cheaper than `headers`, which Node builds when it is asked for. */
export function headerIn(raw: RawHeaders, lower: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] ?? '', lower)) return raw[at + 1];
  return undefined;
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}

/** Said of every event stream, so that nothing between here and the caller holds it back. */
export const EVENT_STREAM_HEADERS: RawHeaders = [
  'X-Accel-Buffering',
  'no',
  'Cache-Control',
  'no-cache, no-transform',
];

/** The headers of the caller's answer: the upstream's that may pass, then ours. */
export function inboundHeaders(
  upstream: RawHeaders,
  ours: { ownHeaders: RawHeaders; eventStream: boolean },
): string[] {
  const headers: string[] = [];
  const named = connectionOptions(upstream);
  for (let at = 0; at < upstream.length; at += 2) {
    const name = upstream[at] ?? '';
    if (isKeptFromCaller(name) || named?.has(name.toLowerCase())) continue;
    if (ours.eventStream && (isNamed(name, 'cache-control') || isNamed(name, 'x-accel-buffering'))) continue;
    headers.push(name, upstream[at + 1] ?? '');
  }
  if (ours.eventStream) headers.push(...EVENT_STREAM_HEADERS);
  headers.push(...ours.ownHeaders);
  return fitHeaderLimit(headers);
}

/** SCF drops an answer whose headers are over 4 KB together; some of it is kept for the lines that Node adds. */
const MAX_RESPONSE_HEADER_BYTES = 4_096 - 128;

/** What a client works with, and what delimits and describes the body: never dropped, whatever it costs. */
const NEEDED =
  /^(?:content-|cache-control$|date$|etag$|last-modified$|location$|retry-after|request-id$|x-request-id$|x-should-retry$|x-ratelimit-|x-accel-buffering$|openai-|anthropic-|x-goog-|access-control-|vary$|www-authenticate$|x-proxy-)/;
/** What only a browser on the provider's own site looks at: the first to go. */
const DECORATION =
  /^(?:report-to|reporting-endpoints|nel|content-security-policy|permissions-policy|server|server-timing|cf-|x-envoy-|x-cache|x-content-type-options|x-frame-options|x-xss-protection|referrer-policy|cross-origin-|via|set-cookie)/;

/** Leaves out the least needed headers, decoration first, then the longest, until the rest fits SCF's limit. */
export function fitHeaderLimit(headers: string[]): string[] {
  let size = sizeOf(headers);
  if (size <= MAX_RESPONSE_HEADER_BYTES) return headers;
  const candidates: { at: number; bytes: number; decoration: boolean }[] = [];
  for (let at = 0; at < headers.length; at += 2) {
    const lower = (headers[at] ?? '').toLowerCase();
    const decoration = DECORATION.test(lower);
    if (decoration || !NEEDED.test(lower)) {
      candidates.push({ at, bytes: sizeOf(headers.slice(at, at + 2)), decoration });
    }
  }
  candidates.sort((a, b) => Number(b.decoration) - Number(a.decoration) || b.bytes - a.bytes);
  const dropped = new Set<number>();
  for (const candidate of candidates) {
    if (size <= MAX_RESPONSE_HEADER_BYTES) break;
    dropped.add(candidate.at);
    size -= candidate.bytes;
  }
  return headers.filter((_, index) => !dropped.has(index - (index % 2)));
}

/** Bytes on the wire: `name: value\r\n` each. Header values are latin1, a byte a character. */
function sizeOf(headers: RawHeaders): number {
  return headers.reduce((sum, part) => sum + part.length, 0) + headers.length * 2;
}
