import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import { transformChat } from '../transforms/registry';
import { AccessList, type Admission } from './access';
import { attemptOnce, attemptPool, type AttemptOptions } from './attempts';
import {
  NO_BODY,
  StreamedBody,
  askForBody,
  inboundFraming,
  readWhole,
  refuseTooLarge,
  wholeBody,
  type OutboundBody,
} from './body';
import { credentialIn } from './credentials';
import { detectProvider } from './detect-provider';
import { Egress } from './egress';
import type { Exchange } from './exchange';
import { outboundHeaders, type Framing } from './headers';
import { traitsOf } from './inspect';
import type { PoolEvents } from './key-health';
import { KeySource } from './key-source';
import { answerRefusal } from './refusal';
import { relay } from './relay';
import { resolveRoute, type Route } from './route';
import { WrongTokenThrottle, callerAddress, type MakeLimiter } from './throttle';
import { fetchTrace } from './trace';
import { UpstreamClient, type UpstreamOrigin } from './upstream';
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

/** A request whose body was taken in hand: how it goes out, and what could be read of it. */
interface TakenBody {
  readonly body: OutboundBody;
  /** The JSON as it came; undefined where the body streams through. */
  readonly json: Buffer | undefined;
}

/** The proxy itself: what happens to a request that is not for one of our own pages, from top to bottom. */
export class Proxy {
  readonly keys: KeySource;
  readonly egress: Egress;
  readonly #access: AccessList;
  readonly #throttle: WrongTokenThrottle;
  readonly #upstreams: UpstreamClient;

  constructor(
    private readonly config: Config,
    private readonly effects: ProxyEffects,
  ) {
    this.#access = new AccessList(config.accessTokens);
    this.#throttle = new WrongTokenThrottle(
      effects.makeLimiter,
      config.redisUrl === '' ? undefined : config.redisUrl,
    );
    this.#upstreams = new UpstreamClient(config.connectTimeoutMs);
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
  }

  /** @throws ProxyError `bad-path`, `url-too-long` */
  route(target: string): Route {
    return resolveRoute(target, this.config.stagePrefixes, this.#tokenNameOf);
  }

  /**
   * Relays one request; resolves when its answer streams.
   * @throws ProxyError, CallerLeft as long as nothing of the answer has gone out
   */
  async handle(exchange: Exchange, route: Route): Promise<void> {
    const { request } = exchange;
    const { headers } = request;
    const provider = detectProvider(route, headers, this.config.defaultProvider);
    exchange.provider = provider;

    const admission = this.#access.admit(headers, route.query, route.tokenName);
    exchange.tokenName = admission.tokenName;
    if (!this.#access.open && admission.tokenName === undefined)
      throw await this.#refuseEntry(admission, request);
    if (/^websocket$/i.test(headers.upgrade ?? '')) throw new ProxyError('websocket-unsupported');

    if (this.config.egressGuard === 'enforce') {
      const refused = this.egress.refuses(provider);
      if (refused === true || (refused !== false && (await refused))) throw new ProxyError('egress-refused');
      if (exchange.failure) throw exchange.failure; // the check may have outlasted the caller
    }

    const source = this.keys.for(provider, ownCredential(provider, admission));
    if (source === undefined)
      throw new ProxyError(admission.tokenName === undefined ? 'missing-key' : 'no-key-for-provider');

    const framing = inboundFraming(request);
    refuseTooLarge(framing, this.config.maxBodyBytes);
    const watch = new Watch(exchange, this.config, functionLimitMs(headers['x-scf-timeout']));
    const { body, json } = await this.#takeBody(exchange, provider, framing, typeof source !== 'string');

    const options = this.#attemptOptions(exchange, provider, route, admission.query, body);
    const outcome =
      typeof source === 'string'
        ? await attemptOnce(source, exchange, options)
        : await attemptPool(source, traitsOf(headers, json, callerOf(admission, headers)), exchange, options);
    if (outcome.kind === 'relay') relay(outcome.upstream, exchange, watch);
    else answerRefusal(outcome.refusal, exchange, outcome.headers);
  }

  /**
   * For our own pages: lets in whoever has an access token.
   * @throws ProxyError `bad-token`, `too-many-bad-tokens`
   */
  async admit(request: IncomingMessage, route: Pick<Route, 'query' | 'tokenName'>): Promise<void> {
    const admission = this.#access.admit(request.headers, route.query, route.tokenName);
    if (!this.#access.open && admission.tokenName === undefined)
      throw await this.#refuseEntry(admission, request);
  }

  close(): void {
    this.#upstreams.close();
  }

  readonly #tokenNameOf = (segment: string): string | undefined =>
    this.#access.open ? undefined : this.#access.nameOf(segment);

  async #refuseEntry(admission: Admission, request: IncomingMessage): Promise<ProxyError> {
    if (!admission.presented) return new ProxyError('bad-token');
    const retryAfterMs = await this.#throttle.count(callerAddress(request, this.effects.onScf));
    return retryAfterMs === undefined
      ? new ProxyError('bad-token')
      : new ProxyError('too-many-bad-tokens', { retryAfterMs });
  }

  #originOf(provider: Provider): UpstreamOrigin {
    const origin = this.config.upstreams.get(provider);
    if (!origin)
      throw new ProxyError('proxy-error', { cause: new Error(`${provider.name} has no upstream`) });
    return origin;
  }

  #attemptOptions(
    exchange: Exchange,
    provider: Provider,
    route: Route,
    query: string,
    body: OutboundBody,
  ): AttemptOptions {
    const { request } = exchange;
    const origin = this.#originOf(provider);
    return {
      upstreams: this.#upstreams,
      body,
      retryUpstreamErrors: this.config.retryUpstreamErrors,
      now: this.effects.now,
      outbound: (key) => ({
        origin,
        method: request.method ?? 'GET',
        path: origin.pathPrefix + route.path + query,
        headers: outboundHeaders(request.rawHeaders, {
          host: origin.host,
          key: provider.keyHeader(key),
          framing: body.framing,
        }),
      }),
    };
  }

  /**
   * A chat in plain JSON is read whole, since it may be transformed; with a pool any plain JSON is, since the pool
   * wants to know its model and conversation. All else streams through.
   */
  async #takeBody(
    exchange: Exchange,
    provider: Provider,
    framing: Framing,
    pooled: boolean,
  ): Promise<TakenBody> {
    if (framing === 'none') return { body: NO_BODY, json: undefined };
    if (framing !== 'chunked' && framing.contentLength === 0)
      return { body: wholeBody(Buffer.alloc(0), framing), json: undefined };
    askForBody(exchange);
    const { maxBodyBytes, replayBodyBytes, transforms } = this.config;
    const chat = provider.isChatPath(exchange.path);
    const small = framing === 'chunked' || framing.contentLength <= replayBodyBytes;
    if (!isPlainJson(exchange.request.headers) || !(chat || (pooled && small))) {
      return {
        body: new StreamedBody(exchange, maxBodyBytes, framing, pooled ? replayBodyBytes : undefined),
        json: undefined,
      };
    }
    const json = await readWhole(exchange, maxBodyBytes);
    return {
      body: wholeBody(
        chat ? transformChat(json, transforms) : json,
        framing,
        pooled ? replayBodyBytes : undefined,
      ),
      json,
    };
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  return (
    /^application\/json\b/i.test(headers['content-type'] ?? '') &&
    (headers['content-encoding'] ?? 'identity') === 'identity'
  );
}

function ownCredential(provider: Provider, admission: Admission): string | undefined {
  return provider.keyHeaders
    .map((header) => admission.own.get(header))
    .find((credential) => credential !== undefined);
}

/** Tells callers apart who open a conversation with the same words. */
function callerOf(admission: Admission, headers: IncomingHttpHeaders): string {
  return admission.tokenName ?? credentialIn(headers, 'authorization') ?? '';
}
