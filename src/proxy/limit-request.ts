import { isFree } from '../meter/endpoints';
import type { Provider } from '../providers/provider';
import type { RoutedRequest } from './request-plan';
import { requestedModels } from './limits/requested-models';
import type { AppliedLimits, TokenGate } from './limits/token-gate';
import { membersThatPass } from './routing/route-chain';
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
  if (!request.chain) gate.checkProvider(token, request.provider);
  const allowed = request.chain
    ? whereAllowed(request, ({ provider }) => {
        gate.checkProvider(token, provider);
      })
    : request;
  const limits = gate.limitsFor(token, isPaidByServer && mayCost(request));
  const hasOwnBudget = limits?.money !== undefined && limits.money.isDailyCap !== true;
  if (token.limits?.models || hasOwnBudget) return limitByBody(gate, allowed, token, limits, hasOwnBudget);
  const beginning = limits && gate.begin(token, request.exchange, limits);
  return beginning ? beginning.then(() => allowed) : allowed;
}

async function limitByBody(
  gate: TokenGate,
  request: RoutedRequest,
  token: KnownToken,
  limits: AppliedLimits | undefined,
  hasOwnBudget: boolean,
): Promise<RoutedRequest> {
  const { exchange, path, bodyPlan, target } = request;
  // Without a budget nothing of the body is needed to count the request, and so none is read of one too many.
  if (limits && !hasOwnBudget) await gate.begin(token, exchange, limits);
  const isRead = bodyPlan.isReadFor(token.limits?.models ? 'routing' : 'failover');
  const json = request.json ?? (isRead ? await bodyPlan.read() : undefined);
  const modelsAt = ({ model }: Place) => requestedModels(json, path + target.query, model);
  const needsModel = exchange.upgrades || !isReadOnly(exchange.request.method);
  const allowed = whereAllowed(request, (place) => {
    gate.checkModels(token, modelsAt(place), needsModel);
  });
  if (limits && hasOwnBudget) {
    // Once, for the dearest of the providers that it may go to.
    const places: readonly Place[] = allowed.chain?.steps.flat() ?? [allowed];
    const reserves = places.map((place) =>
      gate.reserveFor({ provider: place.provider.name, models: modelsAt(place), json }),
    );
    const reserve = Math.max(...(await Promise.all(reserves)));
    if (exchange.failure) throw exchange.failure;
    await gate.begin(token, exchange, limits, reserve);
  }
  return { ...allowed, json };
}

/** Where a request may go; without a model of its own, it is that of the body. */
interface Place {
  readonly provider: Provider;
  readonly model?: string;
}

/**
 * The request, with those members of its chain that pass a check; without a chain its one provider must.
 * @throws what the check throws
 */
function whereAllowed(request: RoutedRequest, check: (place: Place) => void): RoutedRequest {
  if (!request.chain) {
    check({ provider: request.provider });
    return request;
  }
  const chain = membersThatPass(request.chain, check);
  const provider = chain.steps[0]?.[0]?.provider ?? request.provider;
  return { ...request, chain, provider };
}

/** Methods that use no model. */
function isReadOnly(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'DELETE';
}

/** As the meter sees it; a WebSocket begins with a GET. */
function mayCost({ exchange, path }: RoutedRequest): boolean {
  return exchange.upgrades || (exchange.request.method === 'POST' && !isFree(path));
}
