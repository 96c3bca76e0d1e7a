import { ProxyError } from '../../errors/proxy-error';
import type { JsonBody } from '../../json/json-body';
import { memberNamed, stringMember } from '../../json/scan';
import type { Provider } from '../../providers/provider';
import { MAX_MODEL_BYTES, withModel, type ModelRoutes } from '../routing/model-routes';

export interface ReviewOptions {
  /** Which table of models counts; `undefined` if none does. */
  readonly models: ModelRoutes | undefined;
  readonly path: string;
  /** The provider that the request is addressed to. */
  readonly addressed: Provider;
  /**
   * Whether the client may use the models that a message names, as it is sent; `undefined` if it may use any.
   * @throws ProxyError `model-not-allowed`
   */
  readonly check: ((message: JsonBody) => void) | undefined;
  /** Called if a later message names another model than the first one. */
  readonly onOtherModel: () => void;
}

/** What may name a model in the messages of other APIs of the same kind: where models are limited, none of it is sent. */
const OTHER_PLACES = ['response', 'session'];

/** Decides about the later messages of a WebSocket that was routed by its first. */
export class MessageReview {
  #requested: string | undefined;
  #sent: string | undefined;
  #provider: Provider | undefined;

  constructor(private readonly options: ReviewOptions) {}

  /** @throws ProxyError `model-not-allowed` if the first message may name a model where it is not looked for */
  checkFirst(message: JsonBody): void {
    this.#refuseOtherPlaces(message);
  }

  /**
   * Says what became of the first message.
   * @param sent as it was sent, to a provider
   */
  begin(first: JsonBody, sent: JsonBody, provider: Provider): void {
    this.#requested = modelIn(first);
    this.#sent = modelIn(sent);
    this.#provider = provider;
  }

  /**
   * A later message as it is sent: the same object if it is not changed.
   * @throws ProxyError `websocket-other-provider`, `websocket-not-served`, `model-not-allowed`
   */
  review(message: JsonBody): JsonBody {
    const { check } = this.options;
    const sent = this.#routed(message);
    this.#refuseOtherPlaces(message);
    check?.(sent);
    if ((modelIn(sent) ?? this.#sent) !== this.#sent) this.options.onOtherModel();
    return sent;
  }

  #refuseOtherPlaces({ members }: JsonBody): void {
    if (!this.options.check) return;
    const isElsewhere = members?.some(({ key }) => OTHER_PLACES.includes(key ?? ''));
    if (isElsewhere === true) throw new ProxyError('model-not-allowed');
  }

  #routed(message: JsonBody): JsonBody {
    const { models, path, addressed } = this.options;
    const { members } = message;
    const model = modelIn(message);
    if (!models || !members || model === undefined) return message;
    if (model === this.#requested)
      return withModel(message, members, model === this.#sent ? undefined : this.#sent);
    const rerouted = models.findForMessage(message, path, addressed);
    if ((rerouted?.provider ?? addressed).name !== this.#provider?.name)
      throw new ProxyError('websocket-other-provider');
    return rerouted?.json ?? message;
  }
}

function modelIn({ bytes, members }: JsonBody): string | undefined {
  return members && memberNamed(members, 'model') && stringMember(bytes, members, 'model', MAX_MODEL_BYTES);
}
