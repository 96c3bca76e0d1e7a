import { createHash } from 'node:crypto';
import { SCRIPT } from './script';
import { STYLE } from './style';

/**
 * Nothing runs or styles the page but its own script and style sheet, and that script speaks to nobody but the origin
 * that the page came from, whichever front that is. `data:` is for the icon: without one, browsers ask for
 * /favicon.ico, which would be relayed.
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
