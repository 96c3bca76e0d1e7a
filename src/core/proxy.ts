import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import { transformChat } from '../transforms/registry';
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
import { KeyRotation, presentedCredential } from './credentials';
import { detectProvider } from './detect-provider';
import type { Exchange } from './exchange';
import { outboundHeaders, type Framing } from './headers';
import { relay } from './relay';
import type { Route } from './route';
import { UpstreamClient } from './upstream';
import { Watch, functionLimitMs } from './watch';

/** The proxy itself: what happens to a request that is not for one of our own pages, from top to bottom. */
export class Proxy {
  readonly #keys: KeyRotation;
  readonly #upstreams: UpstreamClient;

  constructor(
    private readonly config: Config,
    random: () => number,
  ) {
    this.#keys = new KeyRotation(random);
    this.#upstreams = new UpstreamClient(config.connectTimeoutMs);
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
    if (/^websocket$/i.test(headers.upgrade ?? '')) throw new ProxyError('websocket-unsupported');

    const credential = presentedCredential(headers, provider.keyHeaders);
    const key = credential === undefined ? undefined : this.#keys.next(credential);
    if (key === undefined) throw new ProxyError('missing-key');

    const framing = inboundFraming(request);
    refuseTooLarge(framing, this.config.maxBodyBytes);
    const watch = new Watch(exchange, this.config, functionLimitMs(headers['x-scf-timeout']));
    const body = await this.#takeBody(exchange, provider, framing);

    const origin = this.#originOf(provider);
    const upstream = await this.#upstreams.send(
      {
        origin,
        method: request.method ?? 'GET',
        path: origin.pathPrefix + route.path + route.query,
        headers: outboundHeaders(request.rawHeaders, {
          host: origin.host,
          key: provider.keyHeader(key),
          framing: body.framing,
        }),
      },
      body,
      exchange,
    );
    relay(upstream, exchange, watch);
  }

  close(): void {
    this.#upstreams.close();
  }

  /** Only a chat in plain JSON is read whole, since only that may be transformed; all else streams through. */
  async #takeBody(exchange: Exchange, provider: Provider, framing: Framing): Promise<OutboundBody> {
    if (framing === 'none' || (framing !== 'chunked' && framing.contentLength === 0)) {
      return framing === 'none' ? NO_BODY : wholeBody(Buffer.alloc(0), framing);
    }
    askForBody(exchange);
    const { headers } = exchange.request;
    const chat =
      provider.isChatPath(exchange.path) &&
      /^application\/json\b/i.test(headers['content-type'] ?? '') &&
      (headers['content-encoding'] ?? 'identity') === 'identity';
    if (!chat) return new StreamedBody(exchange, this.config.maxBodyBytes, framing);
    const bytes = await readWhole(exchange, this.config.maxBodyBytes);
    return wholeBody(transformChat(bytes, this.config.transforms), framing);
  }

  #originOf(provider: Provider) {
    const origin = this.config.upstreams.get(provider);
    if (!origin)
      throw new ProxyError('proxy-error', { cause: new Error(`${provider.name} has no upstream`) });
    return origin;
  }
}
