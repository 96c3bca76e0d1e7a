import { decoded } from '../../http/credentials';
import type { ParseResult } from './basic';
import { LOOPBACK, parseUrl } from './upstream';

const TELEGRAM = 'api.telegram.org';

/** Reads the address to which alerts are sent; '' if there is none. Plain http is for loopback only. */
export function readAlertUrl(text: string): ParseResult<string> {
  if (text === '') return { value: '' };
  const url = parseUrl(text);
  if (!url || !/^https?:\/\//i.test(text) || url.username !== '' || url.password !== '')
    return {
      problem: 'must be the https address that the chat shows for its robot, without user name and password.',
    };
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    return { problem: 'must be https: plain http exposes the address, which is a secret.' };
  if (url.hostname === TELEGRAM && !(url.searchParams.get('chat_id') ?? ''))
    return { problem: 'must name the chat: https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>.' };
  return { value: text };
}

/** Shorter parts of an address are words, such as `sendMessage` and `services`. */
const MIN_SECRET_LENGTH = 16;

/** What is secret in such an address: all of it, and its long segments and parameters, as a client library may write them. */
export function secretsInAlertUrl(text: string): string[] {
  const url = text === '' ? undefined : parseUrl(text);
  if (!url) return [];
  const parts = [...url.pathname.split('/'), ...url.search.slice(1).split(/[=&]/)];
  const long = parts.filter(({ length }) => length >= MIN_SECRET_LENGTH);
  return [...new Set([text, url.pathname + url.search, ...long, ...long.map(decoded)])].filter(
    ({ length }) => length >= MIN_SECRET_LENGTH,
  );
}
