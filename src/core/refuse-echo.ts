import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../errors';

/** Methods whose response repeats the request, headers included (RFC 9110 §9.3.8), and old servers' words for them. */
const ECHOING = new Set(['TRACE', 'TRACK', 'DEBUG', 'CONNECT']);
/** Nearly all requests have one of these. */
const USUAL = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD']);
/** Headers in which a client names another method than the request line does, which Google and others honour. */
const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'] as const;

/**
 * Refuses what would be answered with the request itself, and so with the key that it was sent with.
 * @throws ProxyError `method-not-relayed`
 */
export function refuseEcho({ method = '', headers }: Pick<IncomingMessage, 'method' | 'headers'>): void {
  if (!USUAL.has(method) && ECHOING.has(method.toUpperCase())) throw new ProxyError('method-not-relayed');
  for (const name of OVERRIDES) {
    const override = headers[name];
    if (override !== undefined && ECHOING.has(String(override).trim().toUpperCase()))
      throw new ProxyError('method-not-relayed');
  }
}
