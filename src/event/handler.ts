import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import serverless from 'serverless-http';
import type { Config } from '../config';
import { Cors } from '../core/cors';
import { detectProvider, dialectOf } from '../core/detect-provider';
import { resolveRoute } from '../core/route';
import { ProxyError, asProxyError } from '../errors';
import type { Dialect } from '../dialects/dialect';
import {
  eventAnswer,
  failureAnswer,
  isEventStream,
  type EventAnswer,
  type ServerlessAnswer,
  type WholeAnswer,
} from './answer';
import { collect, type Collected, type Listener } from './collect';
import { foldHeaders, groupHeaders } from './header-groups';
import { normaliseEvent, type NormalEvent } from './normalise-event';

/** An SCF event function's entry. */
export type EventHandler = (event: unknown, context?: unknown) => Promise<EventAnswer>;

/** As much of a log as is needed here. */
export interface EventLogger {
  error(line: object, message: string): void;
  info(line: object, message: string): void;
}

export interface EventHandlerOptions {
  readonly config: Pick<Config, 'stagePrefixes' | 'defaultProvider' | 'providers' | 'corsOrigins'>;
  readonly logger: EventLogger;
}

/** What serverless-http makes of a `NormalEvent`. */
type ServerlessRequest = IncomingMessage & {
  readonly body: Buffer;
  readonly apiGateway: { readonly event: NormalEvent };
};

/**
 * Puts a request listener behind serverless-http, which takes the event apart and shapes the answer; the listener
 * itself runs on Node's own request and response (collect.ts). Whatever happens, an HTTP event is answered.
 */
export function createEventHandler(listener: Listener, options: EventHandlerOptions): EventHandler {
  const { config, logger } = options;
  const cors = new Cors(config.corsOrigins);

  const answer = async (request: ServerlessRequest): Promise<WholeAnswer> => {
    const { event } = request.apiGateway;
    const inbound = {
      method: request.method ?? '',
      url: request.url ?? '',
      rawHeaders: event.rawHeaders,
      body: request.body,
      remoteAddress: event.requestContext.identity.sourceIp,
    };
    try {
      return wholeOf(await collect(listener, inbound));
    } catch (error) {
      const failure = asProxyError(error);
      if (error !== failure) logger.error({ cause: error, outcome: failure.code }, 'unanswered'); // else the app has
      const headers = foldHeaders(event.rawHeaders);
      return failureAnswer(failure, dialectFor(inbound.url, headers, config), cors.headers({ headers }));
    }
  };

  const handle = serverless(
    (request: ServerlessRequest, response: ServerResponse) => {
      void answer(request).then((whole) => {
        give(whole, response);
      });
    },
    {
      binary: true, // else it decodes the bytes as UTF-8, whatever they are
      requestId: '', // else the platform's request id becomes a header of the caller's
    },
  );

  return async (event, context) => {
    doNotWaitForIdleSockets(context);
    try {
      const normal = normaliseEvent(event, {
        stagePrefixes: config.stagePrefixes,
        remainingMs: remainingMs(context),
      });
      return eventAnswer((await handle(normal, {})) as ServerlessAnswer);
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      logger.info({ status: error.status, outcome: error.code }, 'unparsable');
      return refuse(error, config.defaultProvider.dialect, cors);
    }
  };
}

/**
 * An answer that broke off can still be told as a failure here, since nothing of it has left. An event stream ends
 * with the app's own error event, after what the caller has paid for: it stays as it is.
 */
function wholeOf({ head, body, complete }: Collected): WholeAnswer {
  if (!head) throw new Error('The connection was closed before there was an answer.');
  const encoded = head.headers.some((part, at) => at % 2 === 0 && part.toLowerCase() === 'content-encoding');
  if (!complete && (encoded || !isEventStream(head.headers))) throw new ProxyError('upstream-cut');
  return { status: head.status, headers: head.headers, body };
}

function give({ status, headers, body }: WholeAnswer, response: ServerResponse): void {
  response.statusCode = status;
  for (const [name, values] of groupHeaders(headers)) {
    response.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  }
  response.end(body);
}

/** Answers what did not become a request, in the same form. */
function refuse(failure: ProxyError, dialect: Dialect, cors: Cors): EventAnswer {
  const { status, headers, body } = failureAnswer(failure, dialect, cors.headers({ headers: {} }));
  return {
    statusCode: status,
    headers: Object.fromEntries(
      [...groupHeaders(headers)].map(([name, values]) => [name, values.join(', ')]),
    ),
    body: body.toString('utf8'),
    isBase64Encoded: false,
  };
}

/** In whose error shape a request is answered that the app did not answer. */
function dialectFor(
  url: string,
  headers: IncomingHttpHeaders,
  config: EventHandlerOptions['config'],
): Dialect {
  try {
    const route = resolveRoute(url, config);
    const provider = detectProvider(route, { headers }, config.providers) ?? config.defaultProvider;
    return dialectOf(provider, route.path);
  } catch {
    return config.defaultProvider.dialect;
  }
}

/** The kept sockets to the upstreams are no work: an invocation that waited for them would be billed for it. */
function doNotWaitForIdleSockets(context: unknown): void {
  if (typeof context === 'object' && context !== null) {
    Object.assign(context, { callbackWaitsForEmptyEventLoop: false });
  }
}

/** What is left of the function's time limit, as the platform's context tells it (583/46770). */
function remainingMs(context: unknown): number | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  if ('getRemainingTimeInMillis' in context && typeof context.getRemainingTimeInMillis === 'function') {
    const remaining: unknown = (context.getRemainingTimeInMillis as () => unknown)();
    if (typeof remaining === 'number' && remaining > 0) return remaining;
  }
  const limit = 'time_limit_in_ms' in context ? Number(context.time_limit_in_ms) : NaN;
  return limit > 0 ? limit : undefined;
}
