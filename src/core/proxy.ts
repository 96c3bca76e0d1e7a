import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import type { JsonBody } from '../transforms/json-body';
import { callerOf, type Admission } from './access';
import { ownAddress, withOwnAddresses, type AddressMap } from './addresses';
import type { UpstreamAnswer } from './answer';
import type { RelayedOutcome } from './attempt';
import { BodyBudget } from './body-budget';
import { sendBuffered } from './buffered-response';
import { detectProvider } from './detect-provider';
import { Egress } from './egress';
import { endpointOf } from './endpoint';
import type { Exchange } from './exchange';
import { sendOnce, sendWithPool, type AttemptOptions } from './failover';
import { Gate } from './gate';
import { asksForStream, traitsOf } from './inspect';
import { isUploadPath } from './grants';
import type { RawHeaders } from './headers';
import { Intake } from './intake';
import type { PoolEvents } from './key-health';
import { ownCredential } from './key-placement';
import { NOTHING_KEPT, keptObjectsOf } from './kept-objects';
import type { KeyPool } from './key-pool';
import { KeySource } from './key-source';
import { bodyMemoryFor, functionMemoryBytes, memoryLimitBytes } from './memory-limit';
import type { ModelRoutes } from './model-routes';
import { outboundFor } from './outbound';
import { withVersion, withoutRepetitions, withoutTrailingSlash } from './path-repair';
import { scopeOf } from './pool-key';
import { OwnerRecorder } from './owner-recorder';
import { publicUrl } from './public-url';
import { relay } from './relay';
import { ResourceOwners, type OwnerStore } from './resource-owners';
import { rewritesBody, withOwnBodyAddresses } from './results-url';
import { namesUnknownProvider, resolveRoute, type Route } from './route';
import type { MakeLimiter } from './throttle';
import { fetchTrace } from './trace';
import { isUpgraded, tunnel } from './tunnel';
import { refuseEcho } from './refuse-echo';
import { checkWebSocket, lostItsUpgrade } from './upgrade';
import { UpstreamClient } from './upstream';
import type { UpstreamOrigin } from './upstream-origin';
import { Watch, functionLimitMs } from './watch';

/** What the proxy takes from the outside world. */
export interface ProxyEffects {
  /** In [0, 1). */
  readonly random: () => number;
  /** The wall clock, in ms, which instances share. */
  readonly now: () => number;
  readonly makeLimiter: MakeLimiter;
  /** Whether the platform's own headers can be believed. */
  readonly onScf: boolean;
  readonly keyEvents: PoolEvents;
  /** Where instances share which key made what; `undefined` if this one learns by itself. */
  readonly ownerStore: () => OwnerStore | undefined;
}

/** A request that was let in. */
interface Admitted {
  readonly exchange: Exchange;
  readonly route: Route;
  readonly admission: Admission;
  readonly intake: Intake;
}

/** The proxy itself: what happens to a request that is not for one of our own pages, from top to bottom. */
export class Proxy {
  readonly keys: KeySource;
  readonly egress: Egress;
  readonly gate: Gate;
  readonly #upstreams: UpstreamClient;
  readonly #now: () => number;
  readonly #budget: BodyBudget;
  readonly #owners: ResourceOwners;
  /** Whether the size of the function is still to be learned from its first request. */
  #learnsMemory: boolean;

  constructor(
    private readonly config: Config,
    effects: ProxyEffects,
  ) {
    this.gate = new Gate(config, effects);
    this.#budget = new BodyBudget(config.bodyMemoryBytes ?? bodyMemoryFor(memoryLimitBytes()));
    this.#learnsMemory = effects.onScf && config.bodyMemoryBytes === undefined;
    this.#upstreams = new UpstreamClient(config.connectTimeoutMs, config.http2After);
    this.egress = new Egress({
      fetchTrace: (provider) => fetchTrace(this.#originOf(provider), config.connectTimeoutMs),
      now: effects.now,
    });
    this.keys = new KeySource({
      pools: config.apiKeys,
      strategy: config.keyStrategy,
      now: effects.now,
      random: effects.random,
      events: effects.keyEvents,
    });
    const shared = new Set(this.keys.poolNames());
    this.#owners = new ResourceOwners({ isShared: (name) => shared.has(name), store: effects.ownerStore });
    this.#now = effects.now;
  }

  /** @throws ProxyError `bad-path`, `url-too-long` */
  route(request: IncomingMessage): Route {
    const target = request.url ?? '';
    const { stagePrefixes, providers } = this.config;
    const route = resolveRoute(target, { stagePrefixes, providers, tokenNameOf: this.gate.tokenNameOf });
    // Where a right token has to wait it is a segment like any other, so that nothing tells it from a wrong one.
    return route.tokenName === undefined || this.gate.accepts(request, route.tokenName)
      ? route
      : resolveRoute(target, { stagePrefixes, providers });
  }

  /**
   * Relays one request; resolves when its answer streams.
   * @throws ProxyError, CallerLeft as long as nothing of the answer has gone out
   */
  async handle(exchange: Exchange, route: Route): Promise<void> {
    const { request } = exchange;
    const { headers } = request;
    refuseEcho(request);
    // As it came: for the form of an error of the gate, and for an upload's grant.
    let addressed = detectProvider(route, request, this.config.providers);
    exchange.provider = addressed ?? this.config.defaultProvider;
    exchange.path = route.path;

    const admitting = this.gate.admit(request, route, exchange.provider);
    // Nothing is awaited where nothing is to be waited for: each turn of the queue costs a small request a percent.
    const admission = admitting instanceof Promise ? await admitting : admitting;
    exchange.tokenName = admission.tokenName;
    const path = withoutRepetitions(route.path);
    const whole = withVersion(path);
    if (whole !== route.path) {
      addressed = detectProvider({ ...route, path: whole }, request, this.config.providers);
      exchange.provider = addressed ?? this.config.defaultProvider;
    }
    this.#repairPath(exchange, route, path);
    if (namesUnknownProvider(route)) throw new ProxyError('unknown-provider');
    if (exchange.upgrades) checkWebSocket(request);
    else if (lostItsUpgrade(request)) throw new ProxyError('websocket-unsupported');

    if (this.#learnsMemory) this.#learnMemory(headers['x-scf-memory']);
    const intake = new Intake(exchange, this.config, this.#budget);
    const admitted: Admitted = { exchange, route, admission, intake };
    const models = this.#modelRoutesFor(admitted, addressed);
    const byModel = models?.concerns(exchange.path) === true && intake.isWorthReading(true);
    const guarded = this.config.egressGuard === 'enforce';
    const startWatch = () => new Watch(exchange, this.config, functionLimitMs(headers['x-scf-timeout']));
    if (!byModel) {
      if (guarded) await this.#guardEgress(exchange);
      const source = this.#keysFor(admitted);
      await this.#send(admitted, source, startWatch(), undefined);
      return;
    }
    const watch = startWatch();
    const json = await intake.read();
    const rerouted = models.find(json, exchange.path, exchange.provider);
    if (rerouted) exchange.provider = rerouted.provider;
    if (guarded) await this.#guardEgress(exchange);
    await this.#send(admitted, this.#keysFor(admitted), watch, rerouted?.json ?? json);
  }

  close(): void {
    this.#upstreams.close();
  }

  /** Sends the request to its provider, with a key, and gives the caller what comes back. */
  async #send(
    admitted: Admitted,
    source: KeyPool | string,
    watch: Watch,
    json: JsonBody | undefined,
  ): Promise<void> {
    const { exchange, route, admission, intake } = admitted;
    const pooled = typeof source !== 'string';
    const { provider } = exchange;
    if (source !== '') exchange.keyOwner = source === this.keys.serverPool(provider) ? 'server' : 'client';
    if (admission.tokenName !== undefined && isUploadPath(exchange.path)) await this.gate.grants.prepare();
    const taken = json ?? (intake.isWorthReading(pooled, true) ? await intake.read() : undefined);
    const { headers, method = 'GET' } = exchange.request;
    // Before the body is changed. What a client's one key made is that key's, and no other is there to choose.
    const target = exchange.path + route.query;
    const traits = pooled ? traitsOf(headers, taken, callerOf(admission, headers), target) : undefined;
    const model = traits?.model ?? '';
    const kept =
      pooled || source === ''
        ? keptObjectsOf({ method, path: exchange.path, query: route.query, json: taken })
        : NOTHING_KEPT;
    const recorder = new OwnerRecorder(this.#owners, pooled ? source.name : provider.name, kept);
    const finding = recorder.owner();
    const owner = finding instanceof Promise ? await finding : finding;
    if (exchange.failure) throw exchange.failure;
    const wish = traits && {
      scope: scopeOf(endpointOf(method, exchange.path), model),
      session: traits.session,
      conversation: pooled && source.strategy === 'affinity' ? traits.conversation : undefined,
      owner,
    };
    const body = intake.outbound(taken, pooled);

    const options: AttemptOptions = {
      provider: exchange.provider,
      facts: { method, path: exchange.path, model },
      upstreams: this.#upstreams,
      body,
      retryUpstreamErrors: this.config.retryUpstreamErrors,
      now: this.#now,
      recorder,
      outbound: outboundFor(
        admitted,
        this.#originOf(exchange.provider),
        body,
        () => asksForStream(intake.json, exchange.path),
        pooled,
      ),
    };
    const outcome =
      pooled && wish
        ? await sendWithPool(source, wish, exchange, options)
        : await sendOnce(pooled ? '' : source, exchange, options, owner);
    recorder.release();
    body.letGo();
    if (outcome.kind === 'buffered') sendBuffered(outcome.response, exchange, outcome.headers);
    else if (isUpgraded(outcome.upstream)) tunnel(outcome.upstream, exchange, watch);
    else if (rewritesBody(provider, method, exchange.path))
      await this.#relayRewritten(outcome, admitted, watch);
    else {
      const rawHeaders = this.#ownAddresses(admitted, outcome);
      relay({ ...outcome, rawHeaders }, exchange, watch);
    }
  }

  #learnMemory(header: string | string[] | undefined): void {
    const bytes = functionMemoryBytes(header);
    if (bytes === undefined) return;
    this.#learnsMemory = false;
    this.#budget.lowerTo(bodyMemoryFor(bytes));
  }

  /** Relays one of the few responses whose body has addresses of the upstream. */
  async #relayRewritten(outcome: RelayedOutcome, admitted: Admitted, watch: Watch): Promise<void> {
    const { exchange } = admitted;
    const { upstream, rawHeaders } = outcome;
    const map = this.#addressMap(admitted);
    const own = await withOwnBodyAddresses(upstream, rawHeaders, exchange, (address) =>
      ownAddress(address, map),
    );
    const headers = this.#ownAddresses(admitted, own === upstream ? { rawHeaders } : own);
    relay({ ...outcome, upstream: own, rawHeaders: headers }, exchange, watch);
  }

  /**
   * Which table of models decides where a request goes; `undefined` if none does. A client's own key goes to another
   * provider only if nothing tells for which it is: a key must not be sent to somebody who did not issue it.
   */
  #modelRoutesFor(
    { exchange, route, admission }: Admitted,
    addressed: Provider | undefined,
  ): ModelRoutes | undefined {
    if (route.provider !== undefined) return undefined;
    const ownKey =
      addressed === undefined && admission.own.size > 0 && !this.keys.serverPool(exchange.provider);
    return ownKey ? this.config.ownKeyModelRoutes : this.config.modelRoutes;
  }

  /** Mends what else is wrong with the path, and says so in the response. */
  #repairPath(exchange: Exchange, route: Route, path: string): void {
    const { provider, request } = exchange;
    const versioned = !this.#originOf(provider).standsForV1;
    const version = provider.missingVersion?.(path, request.method ?? '');
    exchange.path = withoutTrailingSlash(versioned ? withVersion(path, version) : path);
    if (exchange.path !== route.path || route.collapsed) {
      exchange.ownHeaders = [...exchange.ownHeaders, 'X-Proxy-Path-Repaired', exchange.path];
    }
  }

  /** @throws ProxyError `egress-refused`; whatever stopped the exchange while the check ran */
  async #guardEgress(exchange: Exchange): Promise<void> {
    const refused = this.egress.refuses(exchange.provider);
    if (refused === true || (refused !== false && (await refused))) throw new ProxyError('egress-refused');
    if (exchange.failure) throw exchange.failure; // the check may have outlasted the caller
  }

  /**
   * A pool, or the caller's one key; '' where the request's address is its own permission.
   * @throws ProxyError `missing-key`, `no-key-for-provider`
   */
  #keysFor({ exchange: { provider }, admission, route }: Admitted): KeyPool | string {
    const own = ownCredential(provider, admission.own);
    const source = this.keys.for(provider, own, route);
    if (source !== undefined) return source;
    throw new ProxyError(admission.tokenName === undefined ? 'missing-key' : 'no-key-for-provider');
  }

  #originOf(provider: Provider): UpstreamOrigin {
    const origin = this.config.upstreams.get(provider);
    if (!origin)
      throw new ProxyError('proxy-error', { cause: new Error(`${provider.name} has no upstream`) });
    return origin;
  }

  #ownAddresses(admitted: Admitted, upstream: Pick<UpstreamAnswer, 'rawHeaders'>): RawHeaders {
    return withOwnAddresses(upstream, this.#addressMap(admitted));
  }

  #addressMap({ exchange, route, admission }: Admitted): AddressMap {
    return {
      origin: this.#originOf(exchange.provider),
      publicUrl: () => publicUrl(exchange.request, route.prefix),
      hidesKey: exchange.keyOwner !== 'client',
      query: (query, path) =>
        admission.tokenName === undefined || route.tokenName !== undefined
          ? query
          : this.gate.grants.added({ provider: exchange.provider.name, path, query }, admission.tokenName),
    };
  }
}
