import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import { AccessList, type Admission } from './access';
import { Grants, hasGrant } from './grants';
import type { Route } from './route';
import { WrongTokenThrottle, callerAddress, type MakeLimiter } from './throttle';

/** What the door looks at of a route. */
export type AdmittedRoute = Pick<Route, 'path' | 'query' | 'tokenName'>;

/** Lets in whoever has an access token, and slows down whoever guesses. */
export class Gate {
  readonly grants: Grants;
  readonly #access: AccessList;
  readonly #throttle: WrongTokenThrottle;

  constructor(
    config: Pick<Config, 'accessTokens' | 'apiKeys' | 'redisUrl' | 'adminToken'>,
    private readonly effects: {
      readonly makeLimiter: MakeLimiter;
      readonly onScf: boolean;
      /** The wall clock, in ms. */
      readonly now: () => number;
    },
  ) {
    const keys = [...config.apiKeys.values()].flatMap((pool) => pool.map(({ key }) => key));
    this.grants = new Grants(config.accessTokens, [...keys, config.adminToken, config.redisUrl], effects.now);
    this.#access = new AccessList(config.accessTokens);
    this.#throttle = new WrongTokenThrottle(
      effects.makeLimiter,
      config.redisUrl === '' ? undefined : config.redisUrl,
    );
  }

  /** The name of the token that a segment of the path is, if it is one. */
  readonly tokenNameOf = (segment: string): string | undefined =>
    this.#access.open ? undefined : this.#access.nameOf(segment);

  /**
   * Lets a request in at once, or says so in time.
   * @param provider the one that the path alone tells, for which an upload's grant must be; `undefined` for our own pages
   * @throws ProxyError `bad-token`, `too-many-bad-tokens`; the latter needs a count that may be elsewhere
   */
  admit(request: IncomingMessage, route: AdmittedRoute, provider?: Provider): Admission | Promise<Admission> {
    if (provider && route.tokenName === undefined && !this.#access.open && hasGrant(route.query)) {
      return this.#admitGranted(request, route, provider);
    }
    return this.#admit(request, route, route.tokenName);
  }

  async #admitGranted(
    request: IncomingMessage,
    { path, query }: AdmittedRoute,
    provider: Provider,
  ): Promise<Admission> {
    await this.grants.prepare();
    const upload = { provider: provider.name, path, query };
    const holder = this.grants.holder(upload, request.method ?? '');
    return this.#admit(request, { path, query, tokenName: undefined }, holder);
  }

  #admit(
    request: IncomingMessage,
    route: AdmittedRoute,
    known: string | undefined,
  ): Admission | Promise<never> {
    const admission = this.#access.admit(request.headers, route.query, known);
    if (this.#access.open || admission.tokenName !== undefined) return admission;
    if (!admission.presented) throw new ProxyError('bad-token');
    return this.#refuse(request);
  }

  async #refuse(request: IncomingMessage): Promise<never> {
    const retryAfterMs = await this.#throttle.count(callerAddress(request, this.effects.onScf));
    throw retryAfterMs === undefined
      ? new ProxyError('bad-token')
      : new ProxyError('too-many-bad-tokens', { retryAfterMs });
  }
}
