import type { IncomingHttpHeaders } from 'node:http';
import type { RawHeaders } from '../http/filter-headers';

/** Names in lower case; the values of one name together. */
export function groupHeaders(headers: RawHeaders): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? '').toLowerCase();
    const value = headers[at + 1] ?? '';
    const values = groups.get(name);
    if (values) values.push(value);
    else groups.set(name, [value]);
  }
  return groups;
}

/** Of repeated headers of these names only the first counts; others are joined: https://nodejs.org/api/http.html#messageheaders */
const FIRST_COUNTS =
  /^(?:age|authorization|content-(?:length|type)|etag|expires|from|host|if-(?:un)?modified-since|last-modified|location|max-forwards|proxy-authorization|referer|retry-after|server|user-agent)$/;

/** Headers as `IncomingMessage.headers` has them; Node makes them only of headers that its own parser has read. */
export function foldHeaders(rawHeaders: RawHeaders): IncomingHttpHeaders {
  const fold = (name: string, values: readonly string[]) => {
    if (name === 'set-cookie') return [...values];
    return FIRST_COUNTS.test(name) ? values[0] : values.join(name === 'cookie' ? '; ' : ', ');
  };
  return Object.fromEntries(
    [...groupHeaders(rawHeaders)].map(([name, values]) => [name, fold(name, values)]),
  );
}
