import type { Header } from './header';
import { readableEncodings } from './decode-body';
import { isHiddenFromClient, isHiddenFromServerKey, isHiddenFromUpstream } from './header-lists';

/**
 * The upstream may check the user agent, so the client's own is passed on; if there is none, this value says no more
 * than Node's own client would.
 */
const NEUTRAL_USER_AGENT = 'node';

/** How a body is delimited on its way upstream (RFC 9112 §6). */
export type Framing = { readonly contentLength: number } | 'chunked' | 'none';

/** A flat list of names and values, as in `IncomingMessage.rawHeaders`: case, order and repetitions as received. */
export type RawHeaders = readonly string[];

/** What this proxy adds to an outbound request. */
export interface ProxyHeaders {
  readonly host: string;
  readonly key: Header | undefined;
  /** Whether the key is the server's, so that headers of the client's own account are removed. */
  readonly serverKey?: boolean;
  readonly framing: Framing;
  /** Whether the proxy may have to read the response, so that it needs a coding that this Node can decode. */
  readonly readable?: boolean | undefined;
  /** Set for a WebSocket upgrade. */
  readonly upgrade?: UpgradeHeaders | undefined;
}

/** What the proxy decides of a WebSocket upgrade. */
export interface UpgradeHeaders {
  readonly subprotocols: string | undefined;
  /** Whether no extension is offered, because the proxy has to read the messages; else they are left to both ends. */
  readonly withoutExtensions?: boolean | undefined;
}

/** Headers that a WebSocket upgrade negotiates end to end; the proxy writes the subprotocols, which may carry a key. */
const NEGOTIATED = /^sec-websocket-(?:key|version|extensions)$/i;
const WITHOUT_EXTENSIONS = /^sec-websocket-(?:key|version)$/i;

/**
 * The headers of an outbound request: the inbound ones that may pass, then those of the proxy. Untrusted headers are
 * removed before trusted ones are added.
 */
export function outboundHeaders(inbound: RawHeaders, ours: ProxyHeaders): string[] {
  const headers: string[] = ['Host', ours.host];
  const named = connectionOptions(inbound);
  const isHidden = ours.serverKey === true ? isHiddenFromServerKey : isHiddenFromUpstream;
  const negotiated = ours.upgrade?.withoutExtensions === true ? WITHOUT_EXTENSIONS : NEGOTIATED;
  let userAgent = false;
  for (let at = 0; at < inbound.length; at += 2) {
    const name = inbound[at] ?? '';
    if (isHidden(name) && !(ours.upgrade && negotiated.test(name))) continue;
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

/** The usual values of `Connection`, which name no header. */
const ONLY_OF_CONNECTION = /^(?:keep-alive|close|upgrade)$/i;

/** The header names in `Connection`, which are thereby hop-by-hop. */
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
  // Without these headers routing would fail, so a sender must not be able to remove them.
  named?.delete('content-type');
  named?.delete('content-encoding');
  return named;
}

/** A header's first value; `undefined` if there is none. Cheaper than `headers`, which Node builds on first access. */
export function headerIn(raw: RawHeaders, lower: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] ?? '', lower)) return raw[at + 1];
  return undefined;
}

function isNamed(name: string, lower: string): boolean {
  return name.length === lower.length && name.toLowerCase() === lower;
}

/** Sent with every event stream, so that no intermediary buffers it. */
export const EVENT_STREAM_HEADERS: RawHeaders = [
  'X-Accel-Buffering',
  'no',
  'Cache-Control',
  'no-cache, no-transform',
];

/** The headers of the client's response: those of the upstream that may pass, then those of the proxy. */
export function inboundHeaders(
  upstream: RawHeaders,
  ours: { ownHeaders: RawHeaders; eventStream: boolean },
): string[] {
  const headers: string[] = [];
  const named = connectionOptions(upstream);
  for (let at = 0; at < upstream.length; at += 2) {
    const name = upstream[at] ?? '';
    if (isHiddenFromClient(name) || named?.has(name.toLowerCase())) continue;
    if (ours.eventStream && (isNamed(name, 'cache-control') || isNamed(name, 'x-accel-buffering'))) continue;
    headers.push(name, upstream[at + 1] ?? '');
  }
  if (ours.eventStream) headers.push(...EVENT_STREAM_HEADERS);
  headers.push(...ours.ownHeaders);
  return fitHeaderLimit(headers);
}

/** SCF drops a response with more than 4 KB of headers; part of that is reserved for the headers that Node adds. */
const MAX_RESPONSE_HEADER_BYTES = 4_096 - 128;

/** Headers that clients use, and that delimit and describe the body: never dropped. */
const NEEDED =
  /^(?:content-|cache-control$|date$|etag$|last-modified$|location$|retry-after|request-id$|x-request-id$|x-should-retry$|x-ratelimit-|x-accel-buffering$|openai-|anthropic-|x-goog-|access-control-|vary$|www-authenticate$|x-proxy-)/;
/** Headers that only a browser on the provider's own site uses: dropped first. */
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
