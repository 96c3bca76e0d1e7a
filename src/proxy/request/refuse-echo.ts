import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../../errors/proxy-error';

/** Methods whose response repeats the request, headers included (RFC 9110 §9.3.8), and older names for them. */
const ECHOING = new Set(['TRACE', 'TRACK', 'DEBUG', 'CONNECT']);
/** The same among others: of several headers of one name Node makes a list. */
const NAMES_ECHOING = /\b(?:TRACE|TRACK|DEBUG|CONNECT)\b/i;
/** Nearly all requests have one of these. */
const USUAL = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD']);
/** Headers with which a client overrides the method of the request line; Google and others honour them. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

/**
 * Rejects requests whose response would contain the request itself, and so the key that it was sent with.
 * @throws ProxyError `method-not-relayed`
 */
export function refuseEcho({ method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  if (!USUAL.has(method) && ECHOING.has(method.toUpperCase())) throw new ProxyError('method-not-relayed');
  for (const name of OVERRIDES) {
    const override = headers[name];
    if (override !== undefined && NAMES_ECHOING.test(String(override)))
      throw new ProxyError('method-not-relayed');
  }
}
