import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import type { Exchange } from '../exchange/exchange';
import type { ModelRoutes } from '../routing/model-routes';
import type { ListForm } from './list-form';
import { MergedModels, type MergeOptions } from './merge-models';
import { ModelLists, type ListsOptions } from './model-lists';

/** Merged lists that are kept for the next page, or the next client. */
const MAX_MERGED = 16;

export interface ModelsRequest {
  readonly form: ListForm;
  /** One model, or its list if it is `undefined`. */
  readonly name: string | undefined;
  /** `?…` or ''. */
  readonly query: string;
  readonly addressed: Provider;
  readonly mayUseProvider: (provider: Provider) => boolean;
  readonly mayUse: MergeOptions['mayUse'];
  /** The same for all clients that may use the same models. */
  readonly rights: string;
}

type Lists = Awaited<ReturnType<ModelLists['read']>>;

/** Responds with the models of all providers that the server has keys for. */
export class ModelsService {
  readonly #lists: ModelLists;
  readonly #merged = new Map<string, { readonly lists: Lists; readonly models: MergedModels }>();

  constructor(
    options: ListsOptions,
    private readonly routes: ModelRoutes,
  ) {
    this.#lists = new ModelLists(options);
  }

  /** @throws ProxyError `model-not-found`, `bad-page`; the reason that stops the exchange meanwhile */
  async respond(exchange: Exchange, request: ModelsRequest): Promise<void> {
    const { form, name, query } = request;
    const lists = await this.#lists.read(request.mayUseProvider);
    if (exchange.failure) throw exchange.failure;
    const missing = [...lists].filter(([, models]) => !models).map(([provider]) => provider.name);
    if (missing.length > 0) exchange.addHeader('X-Proxy-Models-Missing', missing.join(', '));
    const models = this.#mergedOf(lists, request);
    if (name === undefined) {
      send(exchange, form.list(models.all, new URLSearchParams(query)));
      return;
    }
    const found = models.find(name);
    if (!found) throw new ProxyError('model-not-found');
    send(exchange, form.one(found));
  }

  #mergedOf(lists: Lists, { addressed, mayUse, rights }: ModelsRequest): MergedModels {
    const key = `${addressed.name} ${rights}`;
    const known = this.#merged.get(key);
    if (known && isSame(known.lists, lists)) return known.models;
    const models = new MergedModels(lists, { routes: this.routes, addressed, mayUse });
    if (this.#merged.size >= MAX_MERGED) this.#merged.clear();
    this.#merged.set(key, { lists, models });
    return models;
  }
}

function isSame(one: Lists, other: Lists): boolean {
  return one.size === other.size && [...one].every(([provider, models]) => other.get(provider) === models);
}

function send(exchange: Exchange, value: unknown): void {
  const { request, response, record, proxyHeaders } = exchange;
  const body = Buffer.from(JSON.stringify(value));
  response.writeHead(200, [
    ...['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body.length)],
    ...proxyHeaders,
  ]);
  record.firstByteMs = exchange.elapsedMs();
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  record.firstBodyByteMs = record.firstByteMs;
  record.bytes += body.length;
  response.end(body);
}
