import { ProxyError } from '../errors/proxy-error';
import type { JsonBody } from '../json/json-body';
import type { Provider } from '../providers/provider';
import { clientIdOf, type Authentication } from './auth/access-tokens';
import type { UploadGrants } from './auth/upload-grants';
import type { OutboundBody } from './body/body';
import type { Exchange } from './exchange/exchange';
import type { KeyRequest } from './keys/key-choice';
import { keyOwnerOf, type CredentialSource, type KeySource } from './keys/key-source';
import { scopeOf } from './keys/managed-key';
import { NO_TRAITS, asksForStream, traitsOf } from './keys/request-traits';
import { NOTHING_KEPT, keptObjectsOf } from './owners/kept-objects';
import { OwnerRecorder } from './owners/owner-recorder';
import type { ResourceOwners } from './owners/resource-owners';
import type { ProxyOptions } from './proxy-options';
import type { BodyPlan } from './request/body-plan';
import { clientCredential } from './request/credential-placement';
import { endpointOf } from './request/endpoint';
import { buildOutbound, type OutboundRequest } from './request/outbound-request';
import { appliedRules, nameRules } from './request/request-rules';
import type { AddressMap } from './response/rewrite-locations';
import type { ParsedTarget } from './routing/parse-target';
import { publicUrl, type Front } from './routing/public-url';
import { isUploadPath } from './routing/resumable-upload';
import type { RequestChain } from './routing/route-chain';
import { originOf, type UpstreamOrigin } from './routing/upstream-origin';

/** What is decided of a request before anything of it is sent: made once, read by every later stage. */
export interface RequestPlan {
  readonly provider: Provider;
  readonly origin: UpstreamOrigin;
  readonly method: string;
  /** Normalised, less stage, token and provider. */
  readonly path: string;
  readonly credentials: CredentialSource;
  /** What the choice of a key depends on; `owner` also if there is no choice. */
  readonly keyRequest: Omit<KeyRequest, 'tried'>;
  /** '' if the request names none, or there is no choice of keys that a limit of its model could concern. */
  readonly model: string;
  readonly body: OutboundBody;
  /** Builds the request afresh for a key. */
  readonly outbound: (key: string) => OutboundRequest;
  /** Remembers which key made what the provider keeps. */
  readonly recorder: OwnerRecorder;
  /** How addresses in the response become this proxy's. */
  readonly addresses: AddressMap;
}

/** A request that was authenticated and has a destination. */
export interface RoutedRequest {
  readonly exchange: Exchange;
  readonly target: ParsedTarget;
  readonly client: Authentication;
  readonly provider: Provider;
  readonly path: string;
  readonly bodyPlan: BodyPlan;
  /** The body, if it was read to find the provider. */
  readonly json: JsonBody | undefined;
  /** The providers that may serve it in turn, of which `provider` is the first; `undefined` if there is no other. */
  readonly chain?: RequestChain | undefined;
  /** Whether its provider does not serve the country of this proxy, so that only the sister can send it. */
  readonly egressRefused?: true;
}

export interface PlannerOptions {
  readonly rules: ProxyOptions['requestRules'];
  readonly upstreams: ProxyOptions['upstreams'];
  readonly keys: KeySource;
  readonly owners: ResourceOwners;
  readonly grants: UploadGrants;
  readonly front: Front;
}

/** The path of one model's description: what stands there may be anything, and nothing from a path is logged. */
const READS_A_MODEL = /\/models\/[^:]*$/;

/** Makes the plan of a request. */
export class RequestPlanner {
  constructor(private readonly options: PlannerOptions) {}

  /**
   * @throws ProxyError `missing-key`, `no-key-for-provider`, `too-many-keys`, `bad-path`, and what reading the body
   * throws; whatever stops the exchange meanwhile
   */
  async plan(request: RoutedRequest): Promise<RequestPlan> {
    const { exchange, target, client, provider, path, bodyPlan } = request;
    const credentials = this.#credentialsFor(request);
    const pool = credentials.kind === 'pool' ? credentials.pool : undefined;
    if (client.tokenName !== undefined && isUploadPath(path)) await this.options.grants.prepare();
    const json =
      request.json ??
      (bodyPlan.isReadFor(pool ? 'failover' : 'transforms') ? await bodyPlan.read() : undefined);
    const { headers, method = 'GET' } = exchange.request;
    // Before the body is changed. What a client's one key made is that key's, and there is no other to choose.
    // A WebSocket begins with a GET, but that lists nothing.
    const meant = exchange.upgrades ? 'POST' : method;
    const traits = pool
      ? traitsOf(headers, json, clientIdOf(client, headers), path + target.query, meant)
      : NO_TRAITS;
    if (traits.model !== '' && !READS_A_MODEL.test(path)) exchange.record.model = traits.model;
    const kept =
      credentials.kind === 'client-key'
        ? NOTHING_KEPT
        : keptObjectsOf({ method, path, query: target.query, json });
    const recorder = new OwnerRecorder(this.options.owners, pool?.name ?? provider.name, kept);
    const finding = recorder.owner();
    const owner = finding instanceof Promise ? await finding : finding;
    if (exchange.failure) throw exchange.failure;
    const { rules, headers: changes, changeHeaders } = appliedRules(this.options.rules, request, json);
    const body = bodyPlan.outbound(json, pool ? 'replayable' : 'once', rules);
    const { changedBy } = bodyPlan;
    if (this.options.rules.length > 0 || changedBy.length > 0)
      nameRules(exchange, [...changedBy, ...changeHeaders]);
    const origin = originOf(this.options.upstreams, provider);
    return {
      provider,
      origin,
      method,
      path,
      credentials,
      keyRequest: {
        scope: pool ? scopeOf(endpointOf(method, path), traits.model) : '',
        session: traits.session,
        conversation: pool?.strategy === 'affinity' ? traits.conversation : undefined,
        owner,
      },
      model: traits.model,
      body,
      outbound: buildOutbound(request, {
        origin,
        body,
        credentials,
        streams: () => asksForStream(bodyPlan.json, path),
        changes,
      }),
      recorder,
      addresses: this.#addressesFor(request, origin, credentials),
    };
  }

  /**
   * Of several providers the one that has the stored objects which a request names (a file, an earlier response): the one
   * that made them, or the first if that is not known.
   * @returns `undefined` if it names none, so that any may serve it
   */
  async homeOf(
    { exchange, path, target, json }: RoutedRequest,
    providers: readonly Provider[],
  ): Promise<Provider | undefined> {
    const { method = 'GET' } = exchange.request;
    const { ids } = keptObjectsOf({ method, path, query: target.query, json });
    if (ids.length === 0) return undefined;
    const { owners, keys } = this.options;
    const found = await Promise.all(
      providers.map(async (provider) => owners.find(keys.serverPool(provider)?.name ?? provider.name, ids)),
    );
    if (exchange.failure) throw exchange.failure;
    return providers.find((_, at) => found[at] !== undefined) ?? providers[0];
  }

  #credentialsFor({ provider, client, target }: RoutedRequest): CredentialSource {
    const own = clientCredential(provider, client.credentials);
    const source = this.options.keys.for(provider, own, target);
    if (source) return source;
    throw new ProxyError(client.tokenName === undefined ? 'missing-key' : 'no-key-for-provider');
  }

  #addressesFor(
    { exchange, target, client, provider }: RoutedRequest,
    origin: UpstreamOrigin,
    credentials: CredentialSource,
  ): AddressMap {
    const { grants, front } = this.options;
    return {
      origin,
      publicUrl: () => publicUrl(exchange.request, target.prefix, front),
      hidesKey: keyOwnerOf(credentials) !== 'client',
      query: (query, path) =>
        client.tokenName === undefined || target.token !== undefined
          ? query
          : grants.withGrant({ provider: provider.name, path, query }, client.tokenName),
    };
  }
}
