import type { IncomingHttpHeaders } from 'node:http';
import type { RawHeaders } from '../../http/filter-headers';

/** Headers that a message has once: of several the first counts (https://nodejs.org/api/http.html#messageheaders). */
const SINGLE = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
  ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
]);

/** Headers by their names in lower case, repeated ones joined as Node joins them; text for `__proto__` has no effect. */
export function headersFrom(raw: RawHeaders): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? '').toLowerCase();
    const value = raw[at + 1] ?? '';
    if (name === 'set-cookie') (headers['set-cookie'] ??= []).push(value);
    else if (!Object.hasOwn(headers, name)) headers[name] = value;
    else if (!SINGLE.has(name))
      headers[name] = `${String(headers[name])}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}
