import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Config } from './config';
import type { PageFacts } from './console/pages';
import { answerFailure } from './core/answer-failure';
import { loggablePath } from './core/api-paths';
import { Cors } from './core/cors';
import { Exchange } from './core/exchange';
import { Proxy } from './core/proxy';
import type { Route } from './core/route';
import { Running } from './core/running';
import { responseOn } from './core/upgrade';
import { CallerLeft, ProxyError, asProxyError } from './errors';
import type { Logger } from './log';
import type { UpgradeListener } from './server';
import { shareThroughRedis, type Sharing } from './redis';

/** What the app takes from the outside world, so that a test can give its own. */
export interface Effects {
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
  /** A new request id for the log; never derived from the request. */
  readonly newId: () => string;
  /** The wall clock, in ms. */
  readonly now: () => number;
  /** What `/-/health` tells. */
  readonly facts: PageFacts;
  /** Whether the platform's own headers can be believed. */
  readonly onScf: boolean;
}

export interface App {
  readonly listener: RequestListener;
  /** Takes a request that asks to become a WebSocket; undefined where such requests are to be refused. */
  readonly upgrade: UpgradeListener | undefined;
  /** Whether any request runs. */
  readonly busy: () => boolean;
  /**
   * Ends what still runs, with an error that says so, and closes the sockets to the upstreams. Resolves when all of it
   * is over and logged.
   */
  readonly abort: () => Promise<void>;
}

/** Wires config, proxy and pages into one request listener, for any Node HTTP server and for serverless-http. */
export function createApp(config: Config, effects: Effects): App {
  const cors = new Cors(config.corsOrigins);
  const { logger } = effects;
  let sharing: Sharing | undefined;
  const proxy = new Proxy(config, {
    ...effects,
    makeLimiter: (options) => sharing?.makeLimiter(options),
    ownerStore: () => sharing?.owners,
    keyEvents: {
      coolDown(coolDown) {
        sharing?.publish(coolDown);
      },
      addressSuspected(pool, reason) {
        logger.error(
          { pool, reason },
          'every key of this pool is refused alike within seconds: the address or the region is suspected, not the keys, and they stay in use',
        );
      },
    },
  });
  if (config.redisUrl !== '') sharing = shareThroughRedis(config.redisUrl, proxy.keys, effects.now, logger);
  const running = new Running(config);
  let pages: Promise<RequestListener> | undefined;

  /** @throws ProxyError for what is wrong with the request's address */
  function serve(exchange: Exchange): Promise<void> | undefined {
    const { request, response } = exchange;
    exchange.ownHeaders = cors.headers(request);
    if (request.method === 'OPTIONS') {
      response.writeHead(204, [...cors.preflightHeaders(request)]).end();
      return undefined;
    }
    const route = proxy.route(request);
    exchange.path = route.path;
    return isOwnPage(route, request.method) ? servePage(exchange, route) : proxy.handle(exchange, route);
  }

  async function servePage(exchange: Exchange, route: Route): Promise<void> {
    // Express and the pages are loaded when the first of them is asked for: API traffic never waits for them.
    pages ??= import('./console/pages').then(({ createPages }) =>
      createPages({ facts: effects.facts, config, proxy, now: effects.now }),
    );
    const { response, ownHeaders } = exchange;
    for (let at = 0; at < ownHeaders.length; at += 2) {
      response.setHeader(ownHeaders[at] ?? '', ownHeaders[at + 1] ?? '');
    }
    await callPages(await pages, exchange, route);
  }

  const take = (request: IncomingMessage, response: ServerResponse, upgrades: boolean) => {
    const exchange = new Exchange(request, response, config.defaultProvider, upgrades);
    running.add(exchange);
    response.on('close', () => {
      running.remove(exchange);
      logExchange(effects, exchange);
    });
    const fail = (error: unknown) => {
      answerFailure(exchange, error);
    };
    try {
      serve(exchange)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };

  return {
    listener(request, response) {
      take(request, response, false);
    },
    upgrade: config.webSockets
      ? (request, socket, head) => {
          take(request, responseOn(socket, request, head), true);
        }
      : undefined,
    busy: () => !running.none,
    abort() {
      const over = running.stopAll(() => new ProxyError('shutting-down'));
      proxy.close();
      sharing?.close();
      return over;
    },
  };
}

/** The few paths that are ours. Claude Code probes `HEAD /` and `HEAD /api/hello` before it sends anything. */
function isOwnPage(route: Route, method: string | undefined): boolean {
  if (route.path === '/') return method === 'HEAD' || method === 'GET';
  if (route.path === '/api/hello') return method === 'HEAD';
  return route.provider === undefined && (route.path === '/-' || route.path.startsWith('/-/'));
}

/** Hands the request to express at the path that is left after the stage prefix; what express throws comes back here. */
function callPages(pages: RequestListener, exchange: Exchange, route: Route): Promise<void> {
  const { request, response } = exchange;
  request.url = route.path + route.query;
  return new Promise((resolve, reject) => {
    response.once('close', resolve);
    (
      pages as unknown as (
        request: IncomingMessage,
        response: ServerResponse,
        next: (error?: unknown) => void,
      ) => void
    )(Object.assign(request, { proxyRoute: route }), response, (error) => {
      reject(asProxyError(error ?? new ProxyError('not-found')));
    });
  });
}

/** One line a request, when it is over. */
function logExchange(effects: Effects, exchange: Exchange): void {
  const { request, response, failure } = exchange;
  const left = failure instanceof CallerLeft;
  const line = {
    id: effects.newId(),
    method: request.method,
    path: loggablePath(exchange.path),
    provider: exchange.provider.name,
    ...(exchange.tokenName === undefined ? {} : { token: exchange.tokenName }),
    ...(exchange.keyAlias === undefined ? {} : { key: exchange.keyAlias }),
    status: left && !response.headersSent ? 499 : response.statusCode,
    bytes: exchange.bytes,
    first_byte_ms: exchange.firstByteMs === undefined ? null : Math.round(exchange.firstByteMs * 10) / 10,
    ms: Math.round(exchange.elapsedMs() * 10) / 10,
    attempts: exchange.attempts,
    outcome: failure
      ? left
        ? 'caller-left'
        : failure.code
      : exchange.streamFailed
        ? 'failed-in-stream'
        : 'complete',
    ...(exchange.upstreamError === undefined ? {} : { upstream_error: exchange.upstreamError }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
  };
  if (failure instanceof ProxyError && failure.status >= 500) effects.logger.warn(line, 'request');
  else effects.logger.info(line, 'request');
}
