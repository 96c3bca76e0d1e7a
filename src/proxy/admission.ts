import { ProxyError } from '../errors/proxy-error';
import { checkWebSocket, lostItsUpgrade } from '../http/upgrade';
import type { Authentication } from './auth/access-tokens';
import type { Authenticator } from './auth/authenticator';
import type { BodyBudget } from './body/body-budget';
import { bodyMemoryFor, functionMemoryBytes } from './body/memory-limit';
import type { EgressCheck } from './egress/egress-check';
import { collectFor } from './exchange/buffer-gc';
import type { Exchange } from './exchange/exchange';
import type { Sister } from './failover/sister';
import type { KeySource } from './keys/key-source';
import { limitRequest } from './limit-request';
import type { TokenGate } from './limits/token-gate';
import type { ProxyEffects, ProxyOptions } from './proxy-options';
import { BodyPlan } from './request/body-plan';
import { refuseEcho } from './request/refuse-echo';
import type { RoutedRequest } from './request-plan';
import { routeSocket } from './route-socket';
import type { Destination, Router } from './router';
import { withModel } from './routing/model-routes';
import { namesUnknownProvider, type ParsedTarget } from './routing/parse-target';
import type { RequestChain } from './routing/route-chain';
import type { KnownToken } from './tokens/known-token';

export interface AdmissionParts {
  readonly options: ProxyOptions;
  readonly router: Router;
  readonly authenticator: Authenticator;
  readonly gate: TokenGate;
  readonly keys: KeySource;
  readonly egress: EgressCheck;
  readonly sister: Sister;
  readonly budget: BodyBudget;
  readonly refuses: ProxyEffects['refuses'];
  /** Whether the size of the function is to be learnt from its first request. */
  readonly learnsMemory: boolean;
}

/** The stages before a request is planned: who sends it, where it goes, and whether its token's limits allow it. */
export class Admission {
  #learnsMemory: boolean;

  constructor(private readonly parts: AdmissionParts) {
    this.#learnsMemory = parts.learnsMemory;
  }

  /** Lets the client in, or throws. */
  authenticate(
    exchange: Exchange,
    target: ParsedTarget,
    { provider }: Destination,
  ): Authentication | Promise<Authentication> {
    const { request } = exchange;
    refuseEcho(request);
    exchange.provider = provider;
    exchange.path = target.path;
    const error = this.parts.refuses?.(request);
    if (error) throw error;
    return this.parts.authenticator.authenticate(request, target, provider);
  }

  /**
   * Finds the provider and the path; waits only where the body's model or the egress address decides.
   * @throws ProxyError `unknown-provider`, `bad-websocket`, `bad-websocket-version`, `websocket-unsupported`,
   * `websocket-not-routed`, `format-not-served`, `egress-refused`, and what reading the body throws
   */
  route(
    exchange: Exchange,
    target: ParsedTarget,
    detected: Destination,
    client: Authentication,
  ): RoutedRequest | Promise<RoutedRequest> {
    const { options, router, budget } = this.parts;
    exchange.record.tokenName = client.tokenName;
    const destination = router.resolve(target, exchange.request, detected);
    const { provider, path, isRepaired } = destination;
    exchange.provider = provider;
    exchange.path = path;
    if (isRepaired) exchange.addHeader('X-Proxy-Path-Repaired', path);
    if (namesUnknownProvider(target)) throw new ProxyError('unknown-provider');
    if (exchange.upgrades) checkWebSocket(exchange.request);
    else if (lostItsUpgrade(exchange.request)) throw new ProxyError('websocket-unsupported');

    if (this.#learnsMemory) this.#learnMemory(exchange.request.headers['x-scf-memory']);
    const bodyPlan = new BodyPlan(exchange, options, budget);
    const models = router.modelRoutesFor(target, destination, client);
    const request = { exchange, target, client, provider, path, bodyPlan, json: undefined };
    if (models && exchange.upgrades)
      return this.#guardEgress(routeSocket(request, destination, models, this.parts.keys));
    if (models && bodyPlan.isReadFor('routing')) {
      return bodyPlan.read().then((json) => {
        const rerouted = models.find(json, path, destination.owner);
        if (rerouted) exchange.provider = rerouted.provider;
        return this.#guardEgress({ ...request, json, ...rerouted });
      });
    }
    return this.#guardEgress(request);
  }

  /** @throws as `limitRequest` */
  limit(request: RoutedRequest, token: KnownToken): RoutedRequest | Promise<RoutedRequest> {
    const { gate, keys } = this.parts;
    return limitRequest(gate, request, token, keys.serverPool(request.provider) !== undefined);
  }

  /** @throws ProxyError `egress-refused`; whatever stopped the exchange while the check ran */
  #guardEgress(request: RoutedRequest): RoutedRequest | Promise<RoutedRequest> {
    if (this.parts.options.egressGuard !== 'enforce') return request;
    if (request.chain) return this.#guardChain(request, request.chain);
    const judge = (refused: boolean) => {
      this.#throwIfStopped(request, refused);
      return refused ? { ...request, egressRefused: true as const } : request;
    };
    const refused = this.parts.egress.refuses(request.provider);
    return typeof refused === 'boolean' ? judge(refused) : refused.then(judge);
  }

  /** Leaves out the providers of a chain that do not serve this country. */
  async #guardChain(request: RoutedRequest, chain: RequestChain): Promise<RoutedRequest> {
    const members = chain.steps.flat();
    const refusedLists = await Promise.all(
      members.map(async (member) => ((await this.parts.egress.refuses(member.provider)) ? [member] : [])),
    );
    const refused = new Set(refusedLists.flat());
    const steps = chain.steps
      .map((step) => step.filter((member) => !refused.has(member)))
      .filter((step) => step.length > 0);
    const first = steps[0]?.[0];
    this.#throwIfStopped(request, first === undefined);
    if (first) return { ...request, chain: { ...chain, steps }, provider: first.provider };
    const { json } = request;
    const [{ provider, model } = { provider: request.provider, model: undefined }] = members;
    const named = json?.members ? withModel(json, json.members, model) : json;
    return { ...request, json: named, provider, chain: undefined, egressRefused: true };
  }

  #throwIfStopped({ exchange }: RoutedRequest, refused: boolean): void {
    if (refused && !this.parts.sister.takes(exchange)) throw new ProxyError('egress-refused');
    if (exchange.failure) throw exchange.failure; // the check may have outlasted the client
  }

  #learnMemory(header: string | string[] | undefined): void {
    const bytes = functionMemoryBytes(header);
    if (bytes === undefined) return;
    this.#learnsMemory = false;
    const bodyMemory = bodyMemoryFor(bytes);
    this.parts.budget.lowerTo(bodyMemory);
    collectFor(bodyMemory);
  }
}
