import { anthropicDialect } from '../dialects/anthropic';
import { geminiDialect } from '../dialects/gemini';
import { openaiDialect } from '../dialects/openai';
import { decoded } from '../http/credentials';
import type { Provider } from '../providers/provider';
import type { Authentication } from './auth/access-tokens';
import type { EgressCheck } from './egress/egress-check';
import type { Exchange } from './exchange/exchange';
import { keyOwnerOf, type KeySource } from './keys/key-source';
import type { TokenGate } from './limits/token-gate';
import type { ModelsService } from './models/serve-models';
import type { ProxyOptions } from './proxy-options';
import { clientCredential } from './request/credential-placement';
import type { Destination, Router } from './router';
import type { ParsedTarget } from './routing/parse-target';
import { originOf } from './routing/upstream-origin';
import type { UpstreamClient } from './upstream/upstream-client';

/** The list of models, or one of them; a path is searched for `/models` before. */
const MODELS = /^(?:\/v1)?\/models(?:\/(.+))?$/;
/** Fine-tuned models, which only the key that made them lists. */
const FINE_TUNED = 'ft:';

export interface ModelsListenerOptions {
  readonly options: Pick<
    ProxyOptions,
    'providers' | 'defaultProvider' | 'upstreams' | 'modelRoutes' | 'egressGuard'
  >;
  readonly router: Router;
  readonly keys: KeySource;
  readonly gate: TokenGate;
  readonly egress: EgressCheck;
  readonly upstreams: UpstreamClient;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Responds with the models of all providers, where a request for them names none and uses the server's keys. */
export class ModelsListener {
  #service: Promise<ModelsService> | undefined;

  constructor(private readonly parts: ModelsListenerOptions) {}

  /**
   * @returns `undefined` if the request is to be relayed as any other
   * @throws ProxyError `too-many-keys`; later `model-not-found`, `bad-page`, and what a token's limits throw
   */
  handle(
    exchange: Exchange,
    target: ParsedTarget,
    detected: Destination,
    client: Authentication,
  ): Promise<void> | undefined {
    const { request, upgrades } = exchange;
    if ((request.method !== 'GET' && request.method !== 'HEAD') || upgrades) return undefined;
    if (target.provider !== undefined || !target.path.includes('/models')) return undefined;
    const destination = this.parts.router.resolve(target, request, detected);
    const match = MODELS.exec(destination.path);
    if (!match) return undefined;
    const name = match[1] === undefined ? undefined : decoded(match[1]);
    if (name?.startsWith(FINE_TUNED)) return undefined;
    const { provider } = destination;
    const own = clientCredential(provider, client.credentials);
    const source = this.parts.keys.for(provider, own, target);
    if (source && keyOwnerOf(source) !== 'server') return undefined;
    return isGoogleClient(provider, exchange)
      ? undefined
      : this.#respond(exchange, name, destination, client);
  }

  async #respond(
    exchange: Exchange,
    name: string | undefined,
    { path, isRepaired }: Destination,
    { token, tokenName, query }: Authentication,
  ): Promise<void> {
    const { options, gate } = this.parts;
    const isAnthropic = exchange.request.headers['anthropic-version'] !== undefined;
    exchange.record.tokenName = tokenName;
    exchange.record.isOwnResponse = true;
    exchange.path = path;
    exchange.provider = this.#providerInForm(isAnthropic);
    if (isRepaired) exchange.addHeader('X-Proxy-Path-Repaired', path);
    const limits = token && gate.limitsFor(token, false);
    if (token && limits) await gate.begin(token, exchange, limits);
    this.#service ??= this.#load();
    const [service, { ANTHROPIC_LIST, OPENAI_LIST }] = await Promise.all([
      this.#service,
      import('./models/list-form'),
    ]);
    await service.respond(exchange, {
      form: isAnthropic ? ANTHROPIC_LIST : OPENAI_LIST,
      name,
      query,
      addressed: isAnthropic ? exchange.provider : options.defaultProvider,
      mayUseProvider: (provider) => !token || gate.mayUseProvider(token, provider),
      mayUse: (_provider, model) => !token || gate.mayUseModel(token, model),
      rights: token?.limits?.models ? token.id : '',
    });
  }

  /** A provider that has errors, and takes requests, in the client's form. */
  #providerInForm(isAnthropic: boolean): Provider {
    const { providers, defaultProvider } = this.parts.options;
    const dialect = isAnthropic ? anthropicDialect : openaiDialect;
    if (defaultProvider.dialect === dialect) return defaultProvider;
    return providers.all.find((provider) => provider.dialect === dialect) ?? defaultProvider;
  }

  /** Loaded with the first list: most instances never make one. */
  async #load(): Promise<ModelsService> {
    const { options, keys, egress, upstreams, now } = this.parts;
    const { ModelsService } = await import('./models/serve-models');
    const sources = options.providers.all.flatMap((provider) => {
      const pool = keys.serverPool(provider);
      return pool ? [{ provider, pool, origin: originOf(options.upstreams, provider) }] : [];
    });
    const refuses = (provider: Provider) => options.egressGuard === 'enforce' && egress.refuses(provider);
    return new ModelsService({ sources, upstreams, now, refuses }, options.modelRoutes);
  }
}

/** Whether a client reads Google's own list, which has the same path in Google's API. */
function isGoogleClient(provider: Provider, { request }: Exchange): boolean {
  return (
    provider.dialect === geminiDialect &&
    provider.identifyingHeaders.some((name) => request.headers[name] !== undefined)
  );
}
