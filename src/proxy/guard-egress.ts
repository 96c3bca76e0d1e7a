import { ProxyError } from '../errors/proxy-error';
import type { EgressCheck } from './egress/egress-check';
import type { Sister } from './failover/sister';
import type { RoutedRequest } from './request-plan';

/**
 * Lets a request pass whose provider serves the country of this proxy; any other only if the sister takes it. Waits where
 * that is not known yet.
 * @throws ProxyError `egress-refused`; whatever stopped the exchange while the check ran
 */
export function guardEgress(
  request: RoutedRequest,
  egress: EgressCheck,
  sister: Sister,
): RoutedRequest | Promise<RoutedRequest> {
  const judge = (refused: boolean) => {
    if (refused && !sister.takes(request.exchange)) throw new ProxyError('egress-refused');
    if (request.exchange.failure) throw request.exchange.failure; // the check may have outlasted the client
    return refused ? { ...request, egressRefused: true as const } : request;
  };
  const refused = egress.refuses(request.provider);
  return typeof refused === 'boolean' ? judge(refused) : refused.then(judge);
}
