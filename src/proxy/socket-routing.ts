import { ProxyError } from '../errors/proxy-error';
import type { JsonBody } from '../json/json-body';
import type { Provider } from '../providers/provider';
import { clientIdOf } from './auth/access-tokens';
import type { BodyBudget } from './body/body-budget';
import { BodyShare } from './body/body-share';
import { traitsOf } from './keys/request-traits';
import { requestedModels } from './limits/requested-models';
import type { TokenGate } from './limits/token-gate';
import type { RoutedRequest } from './request-plan';
import type { ModelRoutes } from './routing/model-routes';
import { acceptUpgrade } from './sockets/accept-socket';
import { MessageReview } from './sockets/message-review';
import { ModelSocket } from './sockets/model-socket';
import { PlainSessions } from './sockets/plain-sessions';

export interface SocketRoutingParts {
  readonly maxBodyBytes: number;
  readonly budget: BodyBudget;
  readonly gate: TokenGate;
}

/** Finds the provider of WebSockets by the model in their first message. */
export class SocketRouting {
  /** Codex goes on without WebSockets at once if an upgrade gets 426, and after five attempts if a message gets an error. */
  readonly #plain = new PlainSessions();

  constructor(private readonly parts: SocketRoutingParts) {}

  /**
   * Accepts the upgrade, and waits for the message.
   * @param models which table of models counts; `undefined` if none does
   * @throws ProxyError `websocket-not-served`, `model-not-allowed`, and what the wait throws
   */
  async route(
    request: RoutedRequest,
    models: ModelRoutes | undefined,
    addressed: Provider,
  ): Promise<RoutedRequest> {
    const { exchange, path, client } = request;
    const { headers } = exchange.request;
    const { session } = traitsOf(headers, undefined, clientIdOf(client, headers));
    if (session !== undefined && this.#plain.has(session)) throw new ProxyError('websocket-not-served');
    const rememberUnserved = () => {
      if (session !== undefined) this.#plain.add(session);
    };
    const review = new MessageReview({
      ...{ models, path, addressed, check: this.#checkOf(request) },
      onOtherModel() {
        exchange.record.model = undefined; // from here on only the responses say whose price they have
      },
    });
    const socket = new ModelSocket(exchange, {
      maxBytes: this.parts.maxBodyBytes,
      share: new BodyShare(this.parts.budget, exchange),
      review,
      onUnserved: rememberUnserved,
    });
    acceptUpgrade(exchange);
    exchange.socket = socket;
    const json = await socket.first();
    review.checkFirst(json);
    try {
      const rerouted = models?.findForMessage(json, path, addressed);
      if (rerouted) exchange.provider = rerouted.provider;
      return { ...request, json, ...rerouted };
    } catch (error) {
      rememberUnserved();
      throw error;
    }
  }

  #checkOf({ client: { token }, path, target }: RoutedRequest): ((message: JsonBody) => void) | undefined {
    if (!token?.limits?.models) return undefined;
    return (message) => {
      this.parts.gate.checkModels(token, requestedModels(message, path + target.query), false);
    };
  }
}
