import type { ParsedTarget } from '../proxy/routing/parse-target';

const BILLING_PATHS: ReadonlySet<string> = new Set([
  ...['', '/v1'].flatMap((version) => [
    `${version}/dashboard/billing/subscription`,
    `${version}/dashboard/billing/usage`,
  ]),
  '/v1/usage',
]);

/** The few paths of the proxy itself. Claude Code probes `HEAD /` and `HEAD /api/hello` before it sends anything. */
export function isOwnPage(target: ParsedTarget, method: string | undefined): boolean {
  if (target.path === '/') return method === 'HEAD' || method === 'GET';
  if (target.path === '/api/hello') return method === 'HEAD';
  return target.provider === undefined && (target.path === '/-' || target.path.startsWith('/-/'));
}

/** Where clients of OpenAI's API ask for a key's credit and use; OpenAI itself has no such pages for keys any more. */
export function isBillingPath({ path }: ParsedTarget, method: string | undefined): boolean {
  return method === 'GET' && BILLING_PATHS.has(path);
}
