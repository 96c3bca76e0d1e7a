import { ProxyError } from '../errors/proxy-error';
import { JsonBody } from '../json/json-body';
import type { Provider } from '../providers/provider';
import type { KeySource } from './keys/key-source';
import type { RoutedRequest } from './request-plan';
import type { Destination } from './router';
import type { ModelRoutes } from './routing/model-routes';

/** What Codex tells of a turn, its model included, also in the upgrade: https://github.com/openai/codex/pull/27557 */
const TURN = 'x-codex-turn-metadata';

/**
 * Routes a WebSocket of an API that several providers serve. Its messages name the model, and come too late; some clients
 * name it in the upgrade as well.
 * @throws ProxyError `websocket-not-routed` if only HTTP leads to the provider of the model; `format-not-served`
 */
export function routeSocket(
  routed: RoutedRequest,
  { owner, path }: Destination,
  models: ModelRoutes,
  keys: KeySource,
): RoutedRequest {
  const { exchange, client } = routed;
  const turn = exchange.request.headers[TURN];
  const json = typeof turn === 'string' ? new JsonBody(Buffer.from(turn, 'latin1')) : undefined;
  const rerouted = json && models.find(json, path, owner);
  const provider = rerouted?.provider ?? routed.provider;
  // Any other name would have to be written into each message.
  const keepsName = rerouted?.json === json && rerouted?.chain === undefined;
  // A token for some models only needs the model of each request.
  const isHttpBetter = json !== undefined && client.token?.limits?.models !== undefined;
  const hasKey = client.credentials.size > 0 || keys.serverPool(provider) !== undefined;
  if ((rerouted && !(keepsName && servesSockets(provider))) || isHttpBetter || !hasKey) {
    // At 426 Codex sends the same by HTTP at once, at any other error it tries the WebSocket again, for seconds:
    // https://github.com/openai/codex/issues/43353
    throw new ProxyError('websocket-not-routed');
  }
  exchange.provider = provider;
  return { ...routed, provider };
}

const servesSockets = ({ responsesByWebSocket = false }: Provider) => responsesByWebSocket;
