import type { RequestListener } from 'node:http';
import type { Config } from '../config/read-config';
import type { App } from '../app/app';
import type { UpgradeListener } from '../app/server';

export interface SwitchOptions {
  /** @param previous the app that the new one replaces */
  readonly make: (config: Config, previous: App | undefined) => App;
  /** Called with the configurations in use: before one is added, and after one has ended. */
  readonly onConfigs: (configs: readonly Config[]) => void;
}

/** An app and its configuration. */
interface Part {
  readonly config: Config;
  readonly app: App;
}

/**
 * An app whose configuration can change: each is an app of its own. New requests go to the newest one; those that run end
 * with the one that they began with.
 */
export class AppSwitch implements Pick<App, 'listener' | 'upgrade' | 'busy' | 'abort'> {
  #newest: Part;
  /** Replaced ones with running requests. */
  readonly #ending = new Set<Part>();

  constructor(
    config: Config,
    private readonly options: SwitchOptions,
  ) {
    options.onConfigs([config]);
    this.#newest = { config, app: options.make(config, undefined) };
  }

  get config(): Config {
    return this.#newest.config;
  }

  readonly listener: RequestListener = (request, response) => {
    this.#newest.app.listener(request, response);
  };

  /** Every configuration has the same `WEBSOCKETS`: see RESTART_VARIABLES. */
  get upgrade(): UpgradeListener | undefined {
    if (!this.#newest.app.upgrade) return undefined;
    return (request, socket, head) => this.#newest.app.upgrade?.(request, socket, head);
  }

  readonly busy = (): boolean => this.#parts().some(({ app }) => app.busy());

  /** From now on new requests are handled by this configuration. Resolves once the last one's requests have ended. */
  async replace(config: Config): Promise<void> {
    const before = this.#newest;
    this.options.onConfigs([...this.#configs(), config]);
    this.#newest = { config, app: this.options.make(config, before.app) };
    this.#ending.add(before);
    await before.app.retire();
    this.#ending.delete(before);
    this.options.onConfigs(this.#configs());
  }

  readonly abort = async (): Promise<void> => {
    await Promise.all(this.#parts().map(({ app }) => app.abort()));
  };

  #parts(): readonly Part[] {
    return [...this.#ending, this.#newest];
  }

  #configs(): readonly Config[] {
    return this.#parts().map(({ config }) => config);
  }
}
