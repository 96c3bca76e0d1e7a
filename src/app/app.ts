import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import { RecentRequests } from '../pages/console/recent-requests';
import type { PageFacts } from '../pages/page-facts';
import { sendError } from '../proxy/response/send-error';
import { Cors } from '../http/cors';
import { REQUEST_ID_HEADER } from '../http/header-lists';
import type { ProxyChoice } from '../proxy/connect/http-proxy';
import { Exchange } from '../proxy/exchange/exchange';
import { Proxy } from '../proxy/proxy';
import type { ProxyEffects } from '../proxy/proxy-options';
import type { ParsedTarget } from '../proxy/routing/parse-target';
import { ActiveExchanges } from '../proxy/exchange/active-exchanges';
import { responseOn } from '../http/upgrade';
import { ProxyError, asProxyError } from '../errors/proxy-error';
import type { Logger } from '../log/logger';
import { logRequest } from './access-log';
import { cleanNameOf, eventsOf, keysOf, newLasting, telemetryOf, type Lasting } from './lasting';
import { isBillingPath, isOwnPage } from './own-paths';
import type { UpgradeListener } from './server';
import type { ConfigFollower } from '../redis/feeds/config-feed';
import { shareThroughRedis } from '../redis/shared-state';

/** The app's external dependencies, which tests replace. */
export interface Effects {
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  /** A new id of a request or an instance; never derived from a request. */
  readonly newId: () => string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** What `/-/health` reports. */
  readonly facts: PageFacts;
  /** Whether the platform's headers can be trusted. */
  readonly onScf: boolean;
  /** Whether it takes no more requests soon, which `/-/ready` reports; never if there is no such time. */
  readonly isStopping?: (() => boolean) | undefined;
  /** What keeps a request from being relayed; `undefined` for a server of this proxy alone. */
  readonly refuses?: ProxyEffects['refuses'];
  /** The user's HTTP proxy, through which providers are reached; `undefined` for direct connections. */
  readonly httpProxy?: ProxyChoice | undefined;
  /** What follows a configuration that is pushed through Redis; `undefined` if none is. */
  readonly pushed?: ConfigFollower | undefined;
}

export interface App {
  readonly listener: RequestListener;
  /** Handles a request to upgrade to WebSocket; `undefined` if such requests are rejected. */
  readonly upgrade: UpgradeListener | undefined;
  /** Whether any request is running. */
  readonly busy: () => boolean;
  /** What an app that replaces this one goes on with. */
  readonly lasting: Lasting;
  /** Resolves once no request is running, with the sockets to the upstreams closed; for an app that was replaced. */
  readonly retire: () => Promise<void>;
  /**
   * Ends running requests with the error `shutting-down`, and closes the sockets to the upstreams. Resolves when all of
   * them have ended and are logged.
   */
  readonly abort: () => Promise<void>;
}

/**
 * Wires config, proxy and pages into one request listener, for any Node HTTP server and for serverless-http.
 * @param previous the app that it replaces, which gets no further requests
 */
export function createApp(config: Config, effects: Effects, previous?: App): App {
  const cors = new Cors(config.corsOrigins, config.providers.exposedHeaders);
  const { logger } = effects;
  for (const warning of config.warnings) logger.warn({ warning }, 'the configuration may be wrong');
  const lasting = previous?.lasting ?? newLasting(config, effects.now);
  lasting.config = config;
  const { usage } = lasting;
  if (config.adminToken !== '' && !usage.recent) usage.keepForConsole(new RecentRequests());
  const proxy = new Proxy(config, { ...effects, ...eventsOf(lasting, config, effects) }, lasting.proxy);
  lasting.proxy = proxy;
  if (config.redisUrl !== '') {
    lasting.sharing ??= shareThroughRedis(config, {
      keys: keysOf(lasting),
      revocations: proxy.authenticator.revocations,
      configuration: effects.pushed,
      cleanName: cleanNameOf(lasting),
      now: effects.now,
      logger,
    });
  }
  const running = new ActiveExchanges(config);
  lasting.running.add(running);
  const telemetry = (lasting.telemetry ??= telemetryOf(lasting, effects));
  const isStopping = effects.isStopping ?? (() => false);
  const hasTokens = !hasNoTokens(config);
  let pages: Promise<RequestListener> | undefined;

  /** @throws ProxyError if the request's URL is invalid */
  function serve(exchange: Exchange): Promise<void> | undefined {
    const { request, response, requestId } = exchange;
    exchange.proxyHeaders = [...cors.headers(request), REQUEST_ID_HEADER, requestId];
    if (request.method === 'OPTIONS') {
      exchange.record.isOwnResponse = true;
      response.writeHead(204, [...cors.preflightHeaders(request), REQUEST_ID_HEADER, requestId]).end();
      return undefined;
    }
    const target = proxy.parseTarget(request);
    exchange.path = target.path;
    exchange.record.isOwnResponse = isOwnPage(target, request.method);
    if (exchange.record.isOwnResponse) return servePage(exchange, target);
    if (hasTokens && isBillingPath(target, request.method) && !exchange.upgrades)
      return serveBilling(exchange, target);
    return proxy.handle(exchange, target);
  }

  /** Responds for a token's own use; a request that would be sent with the client's key is relayed as any other. */
  async function serveBilling(exchange: Exchange, target: ParsedTarget): Promise<void> {
    const token = await proxy.tokenForServerKey(exchange, target);
    if (!token) return proxy.handle(exchange, target);
    exchange.record.isOwnResponse = true;
    const { sendBilling } = await import('../pages/billing');
    await sendBilling(exchange, target, {
      token,
      limitStates: await proxy.gate.state(token),
      usage,
      nowMs: effects.now(),
      config,
    });
  }

  async function servePage(exchange: Exchange, target: ParsedTarget): Promise<void> {
    // Express and the pages are loaded with the first request for a page: API traffic never waits for them.
    lasting.instance ??= effects.newId();
    const { instance } = lasting;
    pages ??= import('../pages/pages').then(({ createPages }) =>
      createPages({
        facts: effects.facts,
        config,
        proxy,
        usage,
        metrics: telemetry,
        instance,
        now: effects.now,
        isStopping,
        console: {
          open: () => running.count(),
          instances: (self) => lasting.sharing?.meetInstances(self),
          isOver: () => isStopping() || lasting.config !== config,
        },
      }),
    );
    const { response, proxyHeaders } = exchange;
    for (let at = 0; at < proxyHeaders.length; at += 2) {
      response.setHeader(proxyHeaders[at] ?? '', proxyHeaders[at + 1] ?? '');
    }
    await callPages(await pages, exchange, target);
  }

  const handle = (request: IncomingMessage, response: ServerResponse, upgrades: boolean) => {
    const exchange = new Exchange(request, response, config.defaultProvider, upgrades);
    exchange.requestId = effects.newId();
    running.add(exchange);
    const leave = () => {
      running.remove(exchange);
      logRequest(exchange, logger);
      usage.record(exchange);
      telemetry?.record(exchange);
    };
    const end = () => {
      const settling = exchange.settle();
      if (settling) void settling.then(leave);
      else leave();
    };
    response.on('close', () => {
      const { meteringEnds } = exchange.record;
      if (meteringEnds) void meteringEnds.then(end);
      else end();
    });
    const fail = (error: unknown) => {
      sendError(exchange, error);
    };
    try {
      serve(exchange)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };

  return {
    listener(request, response) {
      handle(request, response, false);
    },
    upgrade: config.webSockets
      ? (request, socket, head) => {
          handle(request, responseOn(socket, request, head), true);
        }
      : undefined,
    busy: () => !running.none,
    lasting,
    async retire() {
      await running.whenNone();
      lasting.running.delete(running);
      proxy.close();
    },
    abort() {
      const over = running.stopAll(() => new ProxyError('shutting-down'));
      proxy.close();
      return over
        .then(() => usage.settled())
        .then(() => Promise.all([lasting.sharing?.close(), lasting.telemetry?.close()]))
        .then(() => undefined);
    },
  };
}

/** Passes the request to Express without the stage prefix; rejects with what Express throws. */
function callPages(pages: RequestListener, exchange: Exchange, target: ParsedTarget): Promise<void> {
  const { request, response } = exchange;
  request.url = target.path + target.query;
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    (
      pages as unknown as (
        request: IncomingMessage,
        response: ServerResponse,
        next: (error?: unknown) => void,
      ) => void
    )(Object.assign(request, { proxyTarget: target }), response, (error) => {
      reject(asProxyError(error ?? new ProxyError('not-found')));
    });
  });
}
