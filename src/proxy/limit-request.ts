import type { RoutedRequest } from './request-plan';
import { requestedModels } from './limits/requested-models';
import type { TokenGate } from './limits/token-gate';
import type { KnownToken } from './tokens/known-token';

/**
 * Lets a token's request pass as its limits allow. Without a limit to its models the body is not read for this.
 * @returns the request, with its body if that was read
 * @throws ProxyError `provider-not-allowed`, `model-not-allowed`, `token-rate-limited`, `token-busy`, and what reading
 * the body throws
 */
export async function limitRequest(
  gate: TokenGate,
  request: RoutedRequest,
  token: KnownToken,
): Promise<RoutedRequest> {
  const { exchange, provider, path, bodyPlan, target } = request;
  gate.checkProvider(token, provider);
  gate.begin(token, exchange);
  if (!token.limits?.models) return request;
  const json = request.json ?? (bodyPlan.isReadFor('routing') ? await bodyPlan.read() : undefined);
  const needsModel = exchange.upgrades || !isReadOnly(exchange.request.method);
  gate.checkModels(token, requestedModels(json, path + target.query), needsModel);
  return { ...request, json };
}

/** Methods that use no model. */
function isReadOnly(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'DELETE';
}
