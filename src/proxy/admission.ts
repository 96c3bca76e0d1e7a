import { ProxyError } from '../errors/proxy-error';
import { checkWebSocket, lostItsUpgrade } from '../http/upgrade';
import type { Authentication } from './auth/access-tokens';
import type { Authenticator } from './auth/authenticator';
import type { BodyBudget } from './body/body-budget';
import { bodyMemoryFor, functionMemoryBytes } from './body/memory-limit';
import type { EgressCheck } from './egress/egress-check';
import { collectFor } from './exchange/buffer-gc';
import type { Exchange } from './exchange/exchange';
import { inFormatOf, isResponsesPath } from '../providers/formats';
import type { Provider } from '../providers/provider';
import type { Sister } from './failover/sister';
import type { KeySource } from './keys/key-source';
import { limitRequest } from './limit-request';
import type { TokenGate } from './limits/token-gate';
import { mayNameObjects } from './owners/kept-collections';
import type { ProxyEffects, ProxyOptions } from './proxy-options';
import { BodyPlan } from './request/body-plan';
import { refuseEcho } from './request/refuse-echo';
import type { RequestPlanner, RoutedRequest } from './request-plan';
import type { Destination, Router } from './router';
import { modelListPath } from './routing/model-list-path';
import { withModel, type ModelRoutes } from './routing/model-routes';
import { modelInQuery } from './sockets/query-model';
import { namesUnknownProvider, type ParsedTarget } from './routing/parse-target';
import type { RequestChain } from './routing/route-chain';
import type { SocketRouting } from './socket-routing';
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
  /** Of several providers the one that has the stored objects which a request names, or the first. */
  readonly homeOf: RequestPlanner['homeOf'];
  readonly refuses: ProxyEffects['refuses'];
  /** Whether the size of the function is to be learnt from its first request. */
  readonly learnsMemory: boolean;
}

/** The stages before a request is planned: who sends it, where it goes, and whether its token's limits allow it. */
export class Admission {
  #learnsMemory: boolean;
  /** The providers that the server has keys for. */
  readonly #withKeys: readonly Provider[];
  /** Loaded with the first WebSocket whose messages are read. */
  #sockets: Promise<SocketRouting> | undefined;

  constructor(private readonly parts: AdmissionParts) {
    this.#learnsMemory = parts.learnsMemory;
    this.#withKeys = parts.options.providers.all.filter((provider) => parts.keys.serverPool(provider));
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
    // The form of an error is that of the API whose client asks.
    exchange.path = modelListPath(target, target.path, request);
    const error = this.parts.refuses?.(request);
    if (error) throw error;
    return this.parts.authenticator.authenticate(request, target, provider);
  }

  /**
   * Finds the provider and the path; waits only where the body's model or the egress address decides.
   * @throws ProxyError `unknown-provider`, `bad-websocket`, `bad-websocket-version`, `websocket-unsupported`,
   * `egress-refused`, and what reading the body throws
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
    if (exchange.upgrades) return this.#routeSocket(request, models, destination.owner);
    if (models && bodyPlan.isReadFor('routing')) {
      return bodyPlan.read().then((json) => {
        const rerouted = models.find(json, path, destination.owner);
        if (rerouted) exchange.provider = rerouted.provider;
        return this.#guardEgress({ ...request, json, ...rerouted });
      });
    }
    if (this.#mayBeAtAnother(request, destination)) return this.#routeHome(request, destination.owner);
    return this.#guardEgress(request);
  }

  /** Whether nothing tells of a request's provider but the stored objects that it names, which any provider may have made. */
  #mayBeAtAnother({ exchange, target, client, path }: RoutedRequest, { isAddressed }: Destination): boolean {
    if (this.#withKeys.length < 2 || isAddressed || target.provider !== undefined) return false;
    return client.credentials.size === 0 && mayNameObjects(path, exchange.request.method ?? '');
  }

  async #routeHome(request: RoutedRequest, addressed: Provider): Promise<RoutedRequest> {
    const { exchange, bodyPlan, path } = request;
    const json = bodyPlan.isReadFor('routing') ? await bodyPlan.read() : undefined;
    const others = this.#withKeys.filter((provider) => provider !== addressed);
    const home = await this.parts.homeOf({ ...request, json }, [addressed, ...others]);
    if (home === undefined || home === addressed) return this.#guardEgress({ ...request, json });
    const { provider } = inFormatOf(home, path);
    exchange.provider = provider;
    return this.#guardEgress({ ...request, json, provider });
  }

  /** A WebSocket names its model in the query, or in its first message, which is read only if it decides something. */
  #routeSocket(
    request: RoutedRequest,
    models: ModelRoutes | undefined,
    addressed: Provider,
  ): RoutedRequest | Promise<RoutedRequest> {
    const { exchange, client, path, target } = request;
    const isLimited = client.token?.limits?.models !== undefined && isResponsesPath(path);
    if (isLimited || models?.concernSocket(path, addressed) === true) {
      const { options, budget, gate } = this.parts;
      this.#sockets ??= import('./socket-routing').then(
        ({ SocketRouting }) => new SocketRouting({ maxBodyBytes: options.maxBodyBytes, budget, gate }),
      );
      return this.#sockets
        .then((sockets) => sockets.route(request, models, addressed))
        .then((routed) => this.#guardEgress(routed));
    }
    const named = models && modelInQuery(target.query);
    const found = named && models.findForQuery(named.model, path, addressed);
    if (!found) return this.#guardEgress(request);
    exchange.provider = found.provider;
    const renamed = (query: string) => modelInQuery(query)?.withModel(found.model) ?? query;
    return this.#guardEgress({
      ...request,
      provider: found.provider,
      target: { ...target, query: renamed(target.query) },
      client: { ...client, query: renamed(client.query) },
    });
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
