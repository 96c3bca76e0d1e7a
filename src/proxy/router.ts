import type { IncomingMessage } from 'node:http';
import { inFormatOf } from '../providers/formats';
import type { Provider } from '../providers/provider';
import type { Authentication } from './auth/access-tokens';
import type { ProxyOptions } from './proxy-options';
import { detectProvider } from './routing/detect-provider';
import { modelListPath } from './routing/model-list-path';
import type { ModelRoutes } from './routing/model-routes';
import { withVersion, withoutRepetitions, withoutTrailingSlash } from './routing/normalise-path';
import type { ParsedTarget } from './routing/parse-target';
import { originOf } from './routing/upstream-origin';

export interface RouterOptions extends Pick<
  ProxyOptions,
  'providers' | 'defaultProvider' | 'upstreams' | 'modelRoutes' | 'ownKeyModelRoutes'
> {
  /** Whether the server has keys of its own for a provider. */
  readonly hasServerKeys: (provider: Provider) => boolean;
}

/** Where a request goes, as far as its address and headers determine it. */
export interface Destination {
  /** As it serves the format of the path. */
  readonly provider: Provider;
  /** The same provider, whatever the format. */
  readonly owner: Provider;
  /** Whether anything in the request names its provider; else it is the default one. */
  readonly isAddressed: boolean;
  /** Normalised, less stage, token and provider. */
  readonly path: string;
  /** Whether the client wrote it otherwise. */
  readonly isRepaired: boolean;
}

/** Decides which provider a request goes to, and at which path. */
export class Router {
  constructor(private readonly options: RouterOptions) {}

  /** As the request's address came: for the form of an error before it is authenticated, and for an upload's grant. */
  detect(target: ParsedTarget, request: IncomingMessage): Destination {
    const addressed = detectProvider(target, request, this.options.providers);
    const owner = addressed ?? this.options.defaultProvider;
    return {
      owner,
      isAddressed: addressed !== undefined,
      isRepaired: false,
      ...inFormatOf(owner, target.path),
    };
  }

  /**
   * As it goes out. What a client wrote twice would hide whose path it is, so the provider is found on the normalised
   * path.
   * @param detected what was found for the address as it came
   */
  resolve(target: ParsedTarget, request: IncomingMessage, detected: Destination): Destination {
    const path = withoutRepetitions(target.path);
    const whole = withVersion(path);
    const { owner, isAddressed } =
      whole === target.path ? detected : this.detect({ ...target, path: whole }, request);
    const served = inFormatOf(owner, path);
    const normalised = this.#normalise(served.path, served.provider, request.method ?? '');
    const isRepaired = target.collapsed || path !== target.path || normalised !== served.path;
    return {
      owner,
      isAddressed,
      isRepaired,
      provider: served.provider,
      path: modelListPath(target, normalised, request),
    };
  }

  /**
   * Which table of models decides where a request goes; `undefined` if none does. A client's own key goes to another
   * provider only if nothing shows for which it is: a key must not be sent to somebody who did not issue it.
   */
  modelRoutesFor(
    target: ParsedTarget,
    { provider, owner, isAddressed, path }: Destination,
    client: Authentication,
  ): ModelRoutes | undefined {
    if (target.provider !== undefined) return undefined;
    const ownKey = !isAddressed && client.credentials.size > 0 && !this.options.hasServerKeys(provider);
    const routes = ownKey ? this.options.ownKeyModelRoutes : this.options.modelRoutes;
    return routes.concern(path, owner) ? routes : undefined;
  }

  #normalise(path: string, provider: Provider, method: string): string {
    const { replacesV1 } = originOf(this.options.upstreams, provider);
    const version = provider.missingVersion?.(path, method);
    return withoutTrailingSlash(replacesV1 ? path : withVersion(path, version));
  }
}
