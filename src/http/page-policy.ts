import { createHash } from 'node:crypto';

export interface PagePolicy {
  /** Hashes of the scripts that may run, and load others. */
  readonly scripts: readonly string[];
  /** The page's own style sheet. */
  readonly style: string;
  /** The names of the trusted-types policies that its scripts make. */
  readonly trustedTypes: string;
}

/**
 * The `Content-Security-Policy` of a page: only its own scripts and style sheet are allowed, and the scripts may connect only to
 * the origin that served the page; other paths of it relay what providers send, so `'self'` is not enough for a script. No
 * script may turn text into markup, unless a policy of its own does. `data:` is for the icon: without one, browsers request
 * /favicon.ico, which would be relayed.
 */
export function pagePolicy({ scripts, style, trustedTypes }: PagePolicy): string {
  return [
    "default-src 'none'",
    `script-src ${scripts.map((hash) => `'${hash}'`).join(' ')} 'strict-dynamic'`,
    `style-src '${hashOf(style)}'`,
    'img-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    `trusted-types ${trustedTypes}`,
  ].join('; ');
}

/** https://www.w3.org/TR/CSP3/#grammardef-hash-source */
export function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
