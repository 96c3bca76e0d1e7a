import { createHash } from 'node:crypto';
import { CONSOLE_FILE } from './console-file';
import { LOADER } from './loader';

/**
 * Only the page's own scripts and style sheet are allowed, and the scripts may connect only to the origin that served the
 * page: other paths of it relay what providers send, so `'self'` is not enough for a script. No script may turn text into
 * markup. `data:` is for the icon: without one, browsers request /favicon.ico, which would be relayed.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(LOADER)}' 'sha256-${CONSOLE_FILE?.scriptHash ?? ''}' 'strict-dynamic'`,
  `style-src '${hashOf(CONSOLE_FILE?.style ?? '')}'`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types page',
].join('; ');

/** https://www.w3.org/TR/CSP3/#grammardef-hash-source */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
