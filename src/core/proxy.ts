import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import type { JsonBody } from '../transforms/json-body';
import { callerOf, type Admission } from './access';
import { withOwnAddresses } from './addresses';
import type { UpstreamAnswer } from './answer';
import { attemptOnce, attemptPool, type AttemptOptions } from './attempts';
import { withoutParameter } from './credentials';
import { detectProvider } from './detect-provider';
import { Egress } from './egress';
import type { Exchange } from './exchange';
import { Gate } from './gate';
import { asksForStream, traitsOf } from './inspect';
import { Intake } from './intake';
import type { PoolEvents } from './key-health';
import { ownCredential } from './key-placement';
import type { KeyPool } from './key-pool';
import { KeySource } from './key-source';
import { outboundFor } from './outbound';
import { repairPath } from './path-repair';
import { publicUrl } from './public-url';
import { answerRefusal } from './refusal';
import { relay } from './relay';
import { namesUnknownProvider, resolveRoute, type Route } from './route';
import type { MakeLimiter } from './throttle';
import { fetchTrace } from './trace';
import { isUpgraded, tunnel } from './tunnel';
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

  constructor(
    private readonly config: Config,
    effects: ProxyEffects,
  ) {
    this.gate = new Gate(config, effects);
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
    exchange.provider = detectProvider(route, headers, this.config.providers, this.config.defaultProvider);
    this.#repairPath(exchange, route);

    const admitting = this.gate.admit(request, route);
    // Nothing is awaited where nothing is to be waited for: each turn of the queue costs a small request a percent.
    const admission = admitting instanceof Promise ? await admitting : admitting;
    exchange.tokenName = admission.tokenName;
    if (namesUnknownProvider(route)) throw new ProxyError('unknown-provider');
    if (exchange.upgrades) checkWebSocket(request);
    else if (lostItsUpgrade(request)) throw new ProxyError('websocket-unsupported');

    const intake = new Intake(exchange, this.config);
    const admitted: Admitted = { exchange, route, admission, intake };
    const byModel =
      route.provider === undefined &&
      this.config.modelRoutes.concerns(exchange.path) &&
      intake.isWorthReading(true);
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
    const rerouted = this.config.modelRoutes.find(json, exchange.path, exchange.provider);
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
    const { headers } = exchange.request;
    const pooled = typeof source !== 'string';
    const taken = json ?? (intake.isWorthReading(pooled) ? await intake.read() : undefined);
    const body = intake.outbound(taken, pooled);

    const options: AttemptOptions = {
      upstreams: this.#upstreams,
      body,
      retryUpstreamErrors: this.config.retryUpstreamErrors,
      now: this.#now,
      outbound: outboundFor(admitted, this.#originOf(exchange.provider), body, () =>
        asksForStream(taken, exchange.path),
      ),
    };
    const outcome = pooled
      ? await attemptPool(
          source,
          traitsOf(headers, taken, callerOf(admission, headers), exchange.path + route.query),
          exchange,
          options,
        )
      : await attemptOnce(source, exchange, options);
    body.letGo();
    if (outcome.kind === 'refusal') answerRefusal(outcome.refusal, exchange, outcome.headers);
    else if (isUpgraded(outcome.upstream)) tunnel(outcome.upstream, exchange, watch);
    else relay(outcome.upstream, this.#ownAddresses(admitted, outcome.upstream), exchange, watch);
  }

  /** Mends what is wrong with the path, and says so in the answer. */
  #repairPath(exchange: Exchange, route: Route): void {
    const { standsForV1 } = this.#originOf(exchange.provider);
    exchange.path = repairPath(route.path, !standsForV1);
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

  #ownAddresses({ exchange, route, admission }: Admitted, upstream: UpstreamAnswer): readonly string[] {
    return withOwnAddresses(upstream, {
      origin: this.#originOf(exchange.provider),
      publicUrl: () => publicUrl(exchange.request, route.prefix),
      query: (theirs) => {
        // Google repeats the query that the upload began with, and in it the pool's key; the `upload_id` is enough.
        const query = exchange.keyAlias === undefined ? theirs : withoutParameter(theirs, 'key');
        return admission.tokenName === undefined || route.tokenName !== undefined
          ? query
          : this.gate.grants.added(query, admission.tokenName);
      },
    });
  }
}
