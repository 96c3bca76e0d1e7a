import type { Request } from 'express';
import { ProxyError } from '../errors/proxy-error';
import type { ParsedTarget } from '../proxy/routing/parse-target';

/** A request as the app passes it on: its path is without the stage prefix and the token. */
export type PageRequest = Request & { readonly proxyTarget?: ParsedTarget };

/** The app always sets it, which Express's types cannot express. */
export function targetOf({ proxyTarget }: PageRequest): ParsedTarget {
  if (!proxyTarget) throw new ProxyError('proxy-error', { cause: new Error('a page without a route') });
  return proxyTarget;
}
