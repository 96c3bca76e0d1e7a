import type { Provider } from '../../providers/provider';
import type { ModelRoutes } from '../routing/model-routes';
import type { ListedModel } from './parse-models';

/** A model under the name that a request at this proxy has it by. */
export interface MergedModel extends ListedModel {
  readonly provider: Provider;
}

export interface MergeOptions {
  readonly routes: ModelRoutes;
  /** Where a request goes whose model no rule assigns to a provider. */
  readonly addressed: Provider;
  /** Whether the client may use a model, by its provider's own name for it. */
  readonly mayUse: (provider: Provider, model: string) => boolean;
}

/**
 * The models of several providers as one list, in which each name reaches the model that it stands for: the user's
 * aliases, then each provider's own names, with the provider's name before those that two of them have, or that would
 * reach another one.
 */
export class MergedModels {
  readonly all: readonly MergedModel[];
  readonly #byId: ReadonlyMap<string, MergedModel>;
  readonly #routes: ModelRoutes;
  readonly #addressed: Provider;
  /** By provider and the provider's own name. */
  readonly #listed = new Map<Provider, ReadonlyMap<string, ListedModel>>();

  /** @param lists of the providers that the client may use */
  constructor(
    lists: ReadonlyMap<Provider, readonly ListedModel[] | undefined>,
    { routes, addressed, mayUse }: MergeOptions,
  ) {
    this.#routes = routes;
    this.#addressed = addressed;
    const times = new Map<string, number>();
    for (const [provider, models = []] of lists) {
      const usable = models.filter(({ id }) => mayUse(provider, id));
      this.#listed.set(provider, new Map(usable.map((model) => [model.id, model])));
      for (const { id } of usable) times.set(id, (times.get(id) ?? 0) + 1);
    }
    const byId = new Map<string, MergedModel>();
    for (const { alias, targets } of routes.aliases) {
      const target = targets.find(({ provider, model }) => lists.has(provider) && mayUse(provider, model));
      if (!target || byId.has(alias)) continue;
      const { provider, model } = target;
      const listed = this.#listed.get(provider)?.get(model);
      byId.set(alias, { title: undefined, createdAt: 0, ...listed, id: alias, provider });
    }
    for (const [provider, models] of this.#listed) {
      for (const model of models.values()) {
        const names = [model.id, `${provider.name}/${model.id}`];
        if (times.get(model.id) !== 1) names.reverse();
        const id = names.find((name) => this.#reaches(name, provider, model.id));
        if (id !== undefined) byId.set(id, { ...model, id, provider });
      }
    }
    this.#byId = byId;
    this.all = [...byId.values()];
  }

  /** The model that a request with this name reaches; `undefined` if none of the list does. */
  find(name: string): MergedModel | undefined {
    const { provider, model } = this.#routes.destinationOf(name, this.#addressed);
    const listed = this.#listed.get(provider)?.get(model);
    return this.#byId.get(name) ?? (listed && { ...listed, id: name, provider });
  }

  /** Whether a request with this name goes to that model. */
  #reaches(name: string, provider: Provider, model: string): boolean {
    const destination = this.#routes.destinationOf(name, this.#addressed);
    return destination.provider === provider && destination.model === model;
  }
}
