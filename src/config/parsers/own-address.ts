import { ipVersion } from '../../http/ip-version';
import type { ParseResult } from './basic';
import { parseUrl } from './upstream';

/** A version at the end of a path, which clients add themselves. */
const VERSIONED = /\/v\d+[a-z]*$/;

/** Reads the address at which clients reach this proxy; the value has no slash at its end, and is '' if there is none. */
export function readPublicUrl(text: string): ParseResult<string> {
  if (text === '') return { value: '' };
  const url = parseUrl(text);
  if (!url || !/^https?:\/\//i.test(text) || url.username !== '' || url.password !== '' || /[?#]/.test(text))
    return {
      problem:
        'must be the http(s) address of this proxy for clients, such as https://example.com/llm, without user name, query and fragment.',
    };
  const path = url.pathname.replace(/\/+$/, '');
  if (VERSIONED.test(path))
    return { problem: 'must not end in a version: leave out the /v1, which clients add.' };
  return { value: url.origin + path };
}

/** Reads an address to listen on. Not any name: some shells set `HOST` to the name of the machine. */
export function readListenAddress(text: string): ParseResult<string> {
  return ipVersion(text) !== 0 || text === 'localhost'
    ? { value: text }
    : {
        problem:
          'must be an IP address of this machine, or localhost; 0.0.0.0 for all, and :: for all with IPv6. If it is not meant for this proxy, remove it for its start.',
      };
}
