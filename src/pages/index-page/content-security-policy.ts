import { createHash } from 'node:crypto';
import { SCRIPT } from './script';
import { STYLE } from './style';

/**
 * Only the page's own script and style sheet are allowed, and the script may connect only to the origin that served the
 * page. `data:` is for the icon: without one, browsers request /favicon.ico, which would be relayed.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** https://www.w3.org/TR/CSP3/#grammardef-hash-source */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
