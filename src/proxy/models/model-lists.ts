import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import { fetchModels, ListMemory, type FetchOptions, type ListSource } from './fetch-models';
import { OwnRequest } from './own-request';
import type { ListedModel } from './parse-models';

/** A client waits for all providers together no longer than this. */
const LIMIT_MS = 3_000;
/** New models appear every few days. */
const KEPT_MS = 5 * 60_000;
/** Of all providers together; what is more counts as a failure. */
const MAX_KEPT = 20_000;
/** A provider that failed is not asked, and waited for, at each request. */
const FAILURE_KEPT_MS = 30_000;

/** What is asked, and with what. */
export interface ListsOptions extends Omit<FetchOptions, 'memory'> {
  readonly sources: readonly ListSource[];
  /** Whether a provider does not serve the country of this proxy, so that nothing is sent to it. */
  readonly refuses: (provider: Provider) => boolean | Promise<boolean>;
  readonly limitMs?: number;
}

interface Kept {
  /** `undefined` if the provider failed. */
  readonly models: readonly ListedModel[] | undefined;
  readonly atMs: number;
}

/** What each provider lists: asked with the server's keys, never with anything of a client's, and kept for minutes. */
export class ModelLists {
  readonly #kept = new Map<Provider, Kept>();
  readonly #running = new Map<Provider, Promise<Kept>>();
  readonly #memory = new ListMemory();

  constructor(private readonly options: ListsOptions) {}

  /**
   * The lists of all providers that may be used; `undefined` for one that failed. Never rejects, and resolves within
   * three seconds. Requests at the same time share what is asked.
   */
  async read(mayUse: (provider: Provider) => boolean): Promise<ReadonlyMap<Provider, Kept['models']>> {
    const sources = this.options.sources.filter(({ provider }) => mayUse(provider));
    const lists = await Promise.all(
      sources.map(async (source) => [source.provider, (await this.#listOf(source)).models] as const),
    );
    return new Map(lists);
  }

  #listOf(source: ListSource): Kept | Promise<Kept> {
    const { provider } = source;
    const kept = this.#kept.get(provider);
    if (kept && this.#isFresh(kept)) return kept;
    const running = this.#running.get(provider);
    if (running) return running;
    const asking = this.#ask(source).then((models) => {
      this.#kept.delete(provider);
      const fetched = { models: this.#hasRoom(models) ? models : undefined, atMs: this.options.now() };
      this.#kept.set(provider, fetched);
      this.#running.delete(provider);
      return fetched;
    });
    this.#running.set(provider, asking);
    return asking;
  }

  #hasRoom(models: Kept['models'] = []): boolean {
    let count = models.length;
    for (const kept of this.#kept.values()) count += kept.models?.length ?? 0;
    return count <= MAX_KEPT;
  }

  #isFresh({ models, atMs }: Kept): boolean {
    const ageMs = this.options.now() - atMs;
    return ageMs >= 0 && ageMs < (models ? KEPT_MS : FAILURE_KEPT_MS);
  }

  async #ask(source: ListSource): Promise<Kept['models']> {
    const request = new OwnRequest();
    const stopped = new Promise<never>((_resolve, reject) => {
      request.onStop(reject);
    });
    const timer = setTimeout(() => {
      request.stop(new ProxyError('upstream-timeout'));
    }, this.options.limitMs ?? LIMIT_MS);
    try {
      return await Promise.race([this.#fetch(source, request), stopped]);
    } catch {
      return undefined; // the header of the response names it, and the log a key that failed
    } finally {
      clearTimeout(timer);
    }
  }

  async #fetch(source: ListSource, request: OwnRequest): Promise<readonly ListedModel[]> {
    if (await this.options.refuses(source.provider)) throw new ProxyError('egress-refused');
    return fetchModels(source, request, { ...this.options, memory: this.#memory });
  }
}
