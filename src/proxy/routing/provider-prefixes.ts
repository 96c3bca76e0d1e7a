import type { Provider } from '../../providers/provider';

/** A model at a provider, by the provider's own name for it. */
export interface ModelAt {
  readonly provider: Provider;
  readonly model: string;
}

/**
 * The name of a provider before that of a model, `openrouter/openai/gpt-5`: for a model that several providers have, or
 * that no rule assigns to one.
 */
export class ProviderPrefixes {
  readonly #byName: ReadonlyMap<string, Provider>;

  /** @param withKeys the providers that the server has keys for; with a single one there is nothing to tell apart */
  constructor(withKeys: readonly Provider[]) {
    this.#byName = new Map(withKeys.length > 1 ? withKeys.map((provider) => [provider.name, provider]) : []);
  }

  /** Whether any name can have a prefix. */
  get count(): boolean {
    return this.#byName.size > 0;
  }

  /** Whether a name can have the prefix of another provider that passes a test. */
  some(test: (provider: Provider) => boolean): boolean {
    return [...this.#byName.values()].some(test);
  }

  /**
   * @param addressed where the request goes otherwise. If that serves other vendors' models, `openai/gpt-5` is a name
   * of its own.
   * @returns `undefined` if the name has no prefix
   */
  find(name: string, addressed: Provider): ModelAt | undefined {
    const slash = name.indexOf('/');
    if (slash <= 0 || slash === name.length - 1) return undefined;
    const provider = this.#byName.get(name.slice(0, slash));
    if (!provider) return undefined;
    if (provider !== addressed && isVendor(provider) && !isVendor(addressed)) return undefined;
    return { provider, model: name.slice(slash + 1) };
  }
}

/** Whether a provider makes models itself, as far as it is known by their names. */
function isVendor({ models = [] }: Provider): boolean {
  return models.some((pattern) => !pattern.includes('/'));
}
