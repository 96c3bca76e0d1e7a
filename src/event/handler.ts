import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import serverless from 'serverless-http';
import type { Config } from '../config/read-config';
import { shortId } from '../app/short-id';
import { Cors } from '../http/cors';
import { headerIn } from '../http/filter-headers';
import { REQUEST_ID_HEADER } from '../http/header-lists';
import { detectProvider, dialectOf } from '../proxy/routing/detect-provider';
import { parseTarget } from '../proxy/routing/parse-target';
import { ProxyError, asProxyError } from '../errors/proxy-error';
import type { Dialect } from '../dialects/dialect';
import {
  eventResponse,
  errorResponse,
  isEventStream,
  type ErrorContext,
  type EventResponse,
  type ServerlessResponse,
  type WholeResponse,
} from './response';
import { runInMemory, type Collected, type Listener } from './run-in-memory';
import { foldHeaders, groupHeaders } from './fold-headers';
import { normaliseEvent, type NormalEvent } from './normalise-event';

/** An SCF event function's entry. */
export type EventHandler = (event: unknown, context?: unknown) => Promise<EventResponse>;

/** The part of a logger that is needed here. */
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
 * Puts a request listener behind serverless-http, which parses the event and builds the response; the listener itself
 * runs on Node's own request and response (run-in-memory.ts). Every HTTP event gets a response.
 */
export function createEventHandler(listener: Listener, options: EventHandlerOptions): EventHandler {
  const { config, logger } = options;
  const cors = new Cors(config.corsOrigins, config.providers.exposedHeaders);

  const respond = async (request: ServerlessRequest): Promise<WholeResponse> => {
    const { event } = request.apiGateway;
    const inbound = {
      method: request.method ?? '',
      url: request.url ?? '',
      rawHeaders: event.rawHeaders,
      body: request.body,
      remoteAddress: event.requestContext.identity.sourceIp,
    };
    let requestId: string | undefined;
    try {
      const collected = await runInMemory(listener, inbound);
      requestId = collected.head && headerIn(collected.head.headers, REQUEST_ID_HEADER.toLowerCase());
      return wholeOf(collected);
    } catch (error) {
      const failure = asProxyError(error);
      requestId ??= shortId();
      // Otherwise the app has logged it.
      if (error !== failure)
        logger.error({ request_id: requestId, cause: error, outcome: failure.code }, 'unanswered');
      const headers = foldHeaders(event.rawHeaders);
      const dialect = dialectFor(inbound.url, headers, config);
      return errorResponse(failure, { dialect, cors: cors.headers({ headers }), requestId });
    }
  };

  const handle = serverless(
    (request: ServerlessRequest, response: ServerResponse) => {
      void respond(request).then((whole) => {
        send(whole, response);
      });
    },
    {
      binary: true, // otherwise it decodes all bytes as UTF-8
      requestId: '', // otherwise the platform's request id becomes a header of the request
    },
  );

  return async (event, context) => {
    doNotWaitForIdleSockets(context);
    try {
      const normal = normaliseEvent(event, {
        stagePrefixes: config.stagePrefixes,
        remainingMs: remainingMs(context),
      });
      return eventResponse((await handle(normal, {})) as ServerlessResponse);
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      const requestId = shortId();
      logger.info({ request_id: requestId, status: error.status, outcome: error.code }, 'unparsable');
      const { dialect } = config.defaultProvider;
      return toErrorResponse(error, { dialect, cors: cors.headers({ headers: {} }), requestId });
    }
  };
}

/**
 * An incomplete response can still become an error response here, since none of it has been sent. An event stream ends
 * with the app's error event, after content that the client has paid for: it stays unchanged.
 */
function wholeOf({ head, body, complete }: Collected): WholeResponse {
  if (!head) throw new Error('The connection was closed before there was a response.');
  const encoded = head.headers.some((part, at) => at % 2 === 0 && part.toLowerCase() === 'content-encoding');
  if (!complete && (encoded || !isEventStream(head.headers))) throw new ProxyError('upstream-cut');
  return { status: head.status, headers: head.headers, body };
}

function send({ status, headers, body }: WholeResponse, response: ServerResponse): void {
  response.statusCode = status;
  for (const [name, values] of groupHeaders(headers)) {
    response.setHeader(name, values.length === 1 ? (values[0] ?? '') : values);
  }
  response.end(body);
}

/** The error response to an event that could not become a request. */
function toErrorResponse(failure: ProxyError, context: ErrorContext): EventResponse {
  const { status, headers, body } = errorResponse(failure, context);
  return {
    statusCode: status,
    headers: Object.fromEntries(
      [...groupHeaders(headers)].map(([name, values]) => [name, values.join(', ')]),
    ),
    body: body.toString('utf8'),
    isBase64Encoded: false,
  };
}

/** The error shape for a request to which the app did not respond. */
function dialectFor(
  url: string,
  headers: IncomingHttpHeaders,
  config: EventHandlerOptions['config'],
): Dialect {
  try {
    const route = parseTarget(url, config);
    const provider = detectProvider(route, { headers }, config.providers) ?? config.defaultProvider;
    return dialectOf(provider, route.path);
  } catch {
    return config.defaultProvider.dialect;
  }
}

/** Idle keep-alive sockets to the upstreams are no work: an invocation that waited for them would be billed for it. */
function doNotWaitForIdleSockets(context: unknown): void {
  if (typeof context === 'object' && context !== null) {
    Object.assign(context, { callbackWaitsForEmptyEventLoop: false });
  }
}

/** What is left of the function's time limit, from the platform's context (583/46770). */
function remainingMs(context: unknown): number | undefined {
  if (typeof context !== 'object' || context === null) return undefined;
  if ('getRemainingTimeInMillis' in context && typeof context.getRemainingTimeInMillis === 'function') {
    const remaining: unknown = (context.getRemainingTimeInMillis as () => unknown)();
    if (typeof remaining === 'number' && remaining > 0) return remaining;
  }
  const limit = 'time_limit_in_ms' in context ? Number(context.time_limit_in_ms) : NaN;
  return limit > 0 ? limit : undefined;
}
