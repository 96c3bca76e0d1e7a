import type { IncomingMessage } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { monotonicMs } from '../clock/monotonic';
import { ProxyError } from '../errors/proxy-error';
import { Admission } from './admission';
import { Authenticator } from './auth/authenticator';
import { isFromPrivateNetwork } from './auth/client-address';
import { BodyBudget } from './body/body-budget';
import { bodyMemoryFor, memoryLimitBytes } from './body/memory-limit';
import { fetchTrace } from './egress/cloudflare-trace';
import { EgressCheck } from './egress/egress-check';
import type { OutboundBody } from './body/body';
import type { ChainedRequest } from './chain-run';
import { collectFor } from './exchange/buffer-gc';
import type { Exchange } from './exchange/exchange';
import { Timeouts, functionLimitMs } from './exchange/timeouts';
import type { Outcome } from './failover/attempt';
import type { AttemptListener } from './failover/report-attempt';
import { sendOnce, sendWithPool, type AttemptOptions } from './failover/failover';
import { Sister } from './failover/sister';
import type { KeyPool } from './keys/key-pool';
import { KeySource, keyOwnerOf } from './keys/key-source';
import { Costs } from './limits/costs';
import { LayeredCounters } from './limits/layered-counters';
import { TokenCounters } from './limits/token-counters';
import { TokenGate } from './limits/token-gate';
import { ModelsListener } from './models-listener';
import { ResourceOwners } from './owners/resource-owners';
import type { ProxyEffects, ProxyOptions } from './proxy-options';
import { clientCredential } from './request/credential-placement';
import type { Sent } from './member-attempt';
import { RequestPlanner, type RequestPlan, type RoutedRequest } from './request-plan';
import { respond } from './respond';
import { relay } from './response/relay';
import { Router, type Destination } from './router';
import type { ChainSender } from './send-by-chain';
import { parseTarget, type ParsedTarget } from './routing/parse-target';
import { publicPath, withoutPublicPath, type Front } from './routing/public-url';
import { originOf } from './routing/upstream-origin';
import type { KnownToken } from './tokens/known-token';
import { UpstreamClient } from './upstream/upstream-client';

/** The proxy itself: what happens to a request that is not for one of our own pages, in five stages. */
export class Proxy {
  readonly keys: KeySource;
  readonly egress: EgressCheck;
  readonly authenticator: Authenticator;
  /** What access tokens may do, and how much of it they have done. */
  readonly gate: TokenGate;
  /** What this proxy's own addresses are made of. */
  readonly front: Front;
  readonly #publicPath: string;
  readonly #router: Router;
  readonly #planner: RequestPlanner;
  /** `undefined` if the server has not the keys of several providers. */
  readonly #models: ModelsListener | undefined;
  readonly #upstreams: UpstreamClient;
  readonly #sister: Sister;
  readonly #budget: BodyBudget;
  readonly #admission: Admission;
  readonly #owners: ResourceOwners;
  readonly #costs: Costs;
  readonly #now: () => number;
  readonly #onAttempt: AttemptListener | undefined;
  /** Loaded with the first request that has one. */
  #chains: Promise<ChainSender> | undefined;

  /** @param previous the one that it replaces, of another configuration: what that knows, counts and holds it goes on with */
  constructor(
    private readonly options: ProxyOptions,
    private readonly effects: ProxyEffects,
    previous?: Proxy,
  ) {
    const { upstreams, connectTimeoutMs, bodyMemoryBytes } = options;
    this.authenticator = new Authenticator(options, effects, previous?.authenticator);
    // On SCF every request comes from the platform, and `X-Forwarded-Prefix` from anybody.
    const isTrusted = effects.onScf ? () => false : isFromPrivateNetwork;
    this.front = { publicUrl: options.publicUrl, isTrusted };
    this.#publicPath = publicPath(options.publicUrl);
    const bodyMemory = bodyMemoryBytes ?? bodyMemoryFor(memoryLimitBytes());
    this.#budget = previous ? previous.#budget : new BodyBudget(bodyMemory);
    collectFor(bodyMemory);
    this.#upstreams = new UpstreamClient(connectTimeoutMs, options.http2After, effects.httpProxy);
    this.#sister = new Sister(options.sister, this.#upstreams);
    this.#now = effects.now;
    this.#costs = new Costs(options.prices);
    const { limitStore } = effects;
    const hasKeys = [...options.apiKeys.values()].some((keys) => keys.length > 0);
    this.gate = new TokenGate({
      dailyCapNanoUsd: hasKeys ? options.dailyCapNanoUsd : undefined,
      costs: this.#costs,
      wallMs: effects.now,
      onUsed: effects.onTokenUsed,
      endOf: (token) => this.authenticator.endOf(token),
      store: previous
        ? previous.gate.store
        : limitStore &&
          new LayeredCounters(new TokenCounters(monotonicMs, effects.now), limitStore, monotonicMs),
    });
    this.egress = new EgressCheck({
      fetchTrace: (provider) =>
        fetchTrace(originOf(upstreams, provider), connectTimeoutMs, effects.httpProxy),
      now: effects.now,
      onChange: effects.onEgressChange,
    });
    this.#onAttempt = effects.onAttempt;
    this.keys = new KeySource(
      {
        pools: options.apiKeys,
        strategy: options.keyStrategy,
        now: effects.now,
        random: effects.random,
        events: effects.keyEvents,
      },
      // Not as a function: what it refers to would be kept by every other one here, each proxy by the next.
      previous?.poolsFor(options),
    );
    const shared = new Set(this.keys.poolNames());
    this.#router = new Router({
      ...options,
      hasServerKeys: (provider) => this.keys.serverPool(provider) !== undefined,
    });
    const { keys, gate, egress } = this;
    const parts = { options, router: this.#router, keys, gate, egress, upstreams: this.#upstreams };
    this.#models = shared.size > 1 ? new ModelsListener({ ...parts, now: effects.now }) : undefined;
    const ownersOptions = { isShared: (name: string) => shared.has(name), store: effects.ownerStore };
    this.#owners = new ResourceOwners(ownersOptions, previous ? previous.#owners : undefined);
    this.#planner = new RequestPlanner({
      rules: options.requestRules,
      upstreams,
      keys: this.keys,
      owners: this.#owners,
      grants: this.authenticator.grants,
      front: this.front,
    });
    this.#admission = new Admission({
      options,
      router: this.#router,
      authenticator: this.authenticator,
      gate: this.gate,
      keys: this.keys,
      egress: this.egress,
      sister: this.#sister,
      budget: this.#budget,
      homeOf: (one, providers) => this.#planner.homeOf(one, providers),
      refuses: effects.refuses,
      learnsMemory: effects.onScf && bodyMemoryBytes === undefined,
    });
  }

  /** @throws ProxyError `bad-path`, `url-too-long` */
  parseTarget(request: IncomingMessage): ParsedTarget {
    const target = withoutPublicPath(request.url ?? '', this.#publicPath);
    const { stagePrefixes, providers } = this.options;
    const { findToken } = this.authenticator;
    const parsed = parseTarget(target, { stagePrefixes, providers, findToken });
    // If a valid token has to wait, it is a segment like any other, so that nothing distinguishes it from an invalid
    // one.
    return parsed.token === undefined || this.authenticator.accepts(request, parsed.token.name)
      ? parsed
      : parseTarget(target, { stagePrefixes, providers });
  }

  /**
   * Relays one request; resolves when its response streams.
   * @throws ProxyError, ClientDisconnected as long as nothing of the response has gone out
   */
  async handle(exchange: Exchange, target: ParsedTarget): Promise<void> {
    // Nothing is awaited needlessly: each turn of the queue costs a small request a percent.
    const detected = this.#router.detect(target, exchange.request);
    const authenticating = this.#admission.authenticate(exchange, target, detected);
    const client = authenticating instanceof Promise ? await authenticating : authenticating;
    if (client.token) this.effects.tokenPlaces?.see(exchange.request, client.token);
    const timeouts = new Timeouts(
      exchange,
      this.options,
      functionLimitMs(exchange.request.headers['x-scf-timeout']),
    );
    const listing = this.#models?.handle(exchange, target, detected, client);
    if (listing) return listing;
    const routing = this.#admission.route(exchange, target, detected, client);
    const routed = routing instanceof Promise ? await routing : routing;
    const limiting =
      client.token && this.gate.concerns(client.token) ? this.#admission.limit(routed, client.token) : routed;
    const request = limiting instanceof Promise ? await limiting : limiting;
    if (request.egressRefused) {
      const body = request.bodyPlan.outbound(request.json, 'once');
      const handedOver = await this.#handOver(request, detected, body);
      body.release();
      if (!handedOver) throw new ProxyError('egress-refused');
      relay(handedOver, exchange, timeouts);
      return;
    }
    const sent = request.chain && (await this.#sendByChain({ ...request, chain: request.chain }, timeouts));
    const plan = sent?.plan ?? (await this.#planner.plan(request));
    const outcome = sent?.outcome ?? (await this.#send(plan, exchange));
    exchange.socket?.sendFirst((sent?.request ?? request).json);
    const isRefused = outcome.kind === 'buffered' && outcome.egressRefused;
    const handedOver = isRefused
      ? await this.#handOver(sent?.request ?? request, detected, plan.body)
      : undefined;
    plan.recorder.release();
    plan.body.release();
    if (handedOver) relay(handedOver, exchange, timeouts);
    else {
      const responding = respond(outcome, plan, exchange, timeouts);
      if (responding) await responding;
    }
  }

  /**
   * Authenticates a request that may be for this proxy itself; its exchange then has the provider whose form errors have.
   * @returns the client's token, if the request would be sent with a key of the server's
   * @throws ProxyError as `handle` does
   */
  async tokenForServerKey(exchange: Exchange, target: ParsedTarget): Promise<KnownToken | undefined> {
    const { request } = exchange;
    const detected = this.#router.detect(target, request);
    const { token, credentials } = await this.#admission.authenticate(exchange, target, detected);
    const { provider } = this.#router.resolve(target, request, detected);
    const source = this.keys.for(provider, clientCredential(provider, credentials), target);
    if (!token || !source || keyOwnerOf(source) !== 'server') return undefined;
    exchange.record.tokenName = token.name;
    exchange.provider = provider;
    return token;
  }

  /** From how many networks and by how many clients a token was used; `undefined` if that is not counted. */
  placesOf(tokenId: string): { readonly networks: number; readonly clients: number } | undefined {
    return this.effects.tokenPlaces?.countsOf(tokenId);
  }

  close(): void {
    this.#upstreams.close();
  }

  /**
   * The server's pools whose provider has the same address in another configuration, by name: a key that is invalid at one
   * address may be valid at another.
   */
  poolsFor({ providers, upstreams }: Pick<ProxyOptions, 'providers' | 'upstreams'>): Map<string, KeyPool> {
    const pools = new Map<string, KeyPool>();
    for (const [provider, origin] of this.options.upstreams) {
      const pool = this.keys.serverPool(provider);
      const same = providers.named(provider.name);
      if (pool && same && isDeepStrictEqual(upstreams.get(same), origin)) pools.set(pool.name, pool);
    }
    return pools;
  }

  #handOver(request: RoutedRequest, detected: Destination, body: OutboundBody) {
    return this.#sister.handOver({ ...request, isRerouted: request.provider !== detected.provider, body });
  }

  /** Sends the request to one provider of its chain after the other. */
  async #sendByChain(request: ChainedRequest, timeouts: Timeouts): Promise<Sent> {
    const { random, onMemberFailed, onCircuitChange: onChange } = this.effects;
    this.#chains ??= import('./send-by-chain').then(
      ({ ChainSender }) =>
        new ChainSender({
          upstreams: this.#upstreams,
          firstByteMs: this.options.firstByteMs,
          plan: (one) => this.#planner.plan(one),
          homeOf: (one, providers) => this.#planner.homeOf(one, providers),
          send: (plan, exchange, how) => this.#send(plan, exchange, how),
          random,
          now: monotonicMs,
          onMemberFailed,
          onChange,
        }),
    );
    const chains = await this.#chains;
    return chains.send(request, timeouts);
  }

  /**
   * Sends the request upstream: once, or with one key of a pool after the other.
   * @param how other than usual, for one of several providers
   */
  #send(
    plan: RequestPlan,
    exchange: Exchange,
    how?: Pick<AttemptOptions, 'upstreams' | 'scope'>,
  ): Promise<Outcome> {
    const { credentials, keyRequest, provider, method, path, model, body, outbound, recorder } = plan;
    const options: AttemptOptions = {
      provider,
      facts: { method, path, model },
      upstreams: how?.upstreams ?? this.#upstreams,
      outbound,
      body,
      retryUpstreamErrors: this.options.retryUpstreamErrors,
      now: this.#now,
      onAttempt: this.#onAttempt,
      recorder,
      costs: this.#costs,
      scope: how?.scope,
    };
    switch (credentials.kind) {
      case 'pool':
        return sendWithPool(credentials.pool, keyRequest, exchange, options);
      case 'client-key':
        return sendOnce(credentials.key, exchange, options);
      case 'address':
        return sendOnce('', exchange, options, keyRequest.owner);
    }
  }
}
