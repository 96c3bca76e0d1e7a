import { isFree } from '../meter/endpoints';
import type { RoutedRequest } from './request-plan';
import { requestedModels } from './limits/requested-models';
import type { AppliedLimits, TokenGate } from './limits/token-gate';
import type { KnownToken } from './tokens/known-token';

/**
 * Lets a token's request pass as its limits allow. The body is read only for limits to its models, and for a limit of
 * money that is the token's own.
 * @param isPaidByServer whether one of the server's keys is used
 * @returns the request, with its body if that was read; no promise if nothing is waited for
 * @throws ProxyError `provider-not-allowed`, `model-not-allowed`, `token-rate-limited`, `token-busy`,
 * `token-tokens-limited`, `token-budget-spent`, and what reading the body throws
 */
export function limitRequest(
  gate: TokenGate,
  request: RoutedRequest,
  token: KnownToken,
  isPaidByServer: boolean,
): RoutedRequest | Promise<RoutedRequest> {
  gate.checkProvider(token, request.provider);
  const limits = gate.limitsFor(token, isPaidByServer && mayCost(request));
  const hasOwnBudget = limits?.money !== undefined && limits.money.isDailyCap !== true;
  if (token.limits?.models || hasOwnBudget) return limitByBody(gate, request, token, limits, hasOwnBudget);
  const beginning = limits && gate.begin(token, request.exchange, limits);
  return beginning ? beginning.then(() => request) : request;
}

async function limitByBody(
  gate: TokenGate,
  request: RoutedRequest,
  token: KnownToken,
  limits: AppliedLimits | undefined,
  hasOwnBudget: boolean,
): Promise<RoutedRequest> {
  const { exchange, provider, path, bodyPlan, target } = request;
  // Without a budget nothing of the body is needed to count the request, and so none is read of one too many.
  if (limits && !hasOwnBudget) await gate.begin(token, exchange, limits);
  const isRead = bodyPlan.isReadFor(token.limits?.models ? 'routing' : 'failover');
  const json = request.json ?? (isRead ? await bodyPlan.read() : undefined);
  const models = requestedModels(json, path + target.query);
  const needsModel = exchange.upgrades || !isReadOnly(exchange.request.method);
  gate.checkModels(token, models, needsModel);
  if (limits && hasOwnBudget) {
    const reserve = await gate.reserveFor({ provider: provider.name, models, json });
    if (exchange.failure) throw exchange.failure;
    await gate.begin(token, exchange, limits, reserve);
  }
  return { ...request, json };
}

/** Methods that use no model. */
function isReadOnly(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'DELETE';
}

/** As the meter sees it; a WebSocket begins with a GET. */
function mayCost({ exchange, path }: RoutedRequest): boolean {
  return exchange.upgrades || (exchange.request.method === 'POST' && !isFree(path));
}
