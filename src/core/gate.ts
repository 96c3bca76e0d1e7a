import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import type { Provider } from '../providers/provider';
import { AccessList, type Admission } from './access';
import { Grants, hasGrant } from './grants';
import { OwnOrigin } from './own-origin';
import { guessesToken } from './path-guess';
import type { Route } from './route';
import { WrongTokenThrottle, type MakeLimiter } from './throttle';

/** What the door looks at of a route. */
export type AdmittedRoute = Pick<Route, 'path' | 'query' | 'tokenName' | 'provider'>;

export interface GateEffects {
  readonly makeLimiter: MakeLimiter;
  readonly onScf: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Lets in whoever has an access token, and slows down whoever guesses. */
export class Gate {
  readonly grants: Grants;
  readonly #access: AccessList;
  readonly #throttle: WrongTokenThrottle;
  /** Only where anyone may spend the server's keys. */
  readonly #ownOrigin: OwnOrigin | undefined;

  constructor(
    private readonly config: Pick<
      Config,
      | 'accessTokens'
      | 'apiKeys'
      | 'redisUrl'
      | 'adminToken'
      | 'providers'
      | 'anonymous'
      | 'corsOrigins'
      | 'allowedHosts'
    >,
    { makeLimiter, onScf, now }: GateEffects,
  ) {
    const keys = [...config.apiKeys.values()].flatMap((pool) => pool.map(({ key }) => key));
    this.grants = new Grants(config.accessTokens, [...keys, config.adminToken, config.redisUrl], now);
    this.#access = new AccessList(config.accessTokens);
    this.#throttle = new WrongTokenThrottle({
      makeLimiter,
      onScf,
      now,
      secret: config.redisUrl === '' ? undefined : config.redisUrl,
    });
    if (config.anonymous) this.#ownOrigin = new OwnOrigin({ ...config, isPublic: onScf });
  }

  /** The name of the token that a segment of the path is, if it is one. */
  readonly tokenNameOf = (segment: string): string | undefined =>
    this.#access.open ? undefined : this.#access.nameOf(segment);

  /** Whether a right token of this name is taken from where the request comes. */
  accepts(request: IncomingMessage, tokenName: string): boolean {
    return this.#throttle.accepts(request, tokenName);
  }

  /**
   * Lets a request in at once, or says so in time.
   * @param provider the one that the path alone tells, for which an upload's grant must be; `undefined` for our own pages
   * @throws ProxyError `bad-token`, `too-many-bad-tokens`, of which the latter may need a count that is elsewhere;
   * `foreign-origin`
   */
  admit(request: IncomingMessage, route: AdmittedRoute, provider?: Provider): Admission | Promise<Admission> {
    if (this.#access.open) {
      this.#ownOrigin?.check(request);
      return this.#access.admit(request.headers, route.query, undefined);
    }
    if (provider && route.tokenName === undefined && hasGrant(route.query)) {
      return this.#admitGranted(request, route, provider);
    }
    return this.#admit(request, route, route.tokenName);
  }

  async #admitGranted(
    request: IncomingMessage,
    route: AdmittedRoute,
    provider: Provider,
  ): Promise<Admission> {
    await this.grants.prepare();
    const upload = { provider: provider.name, path: route.path, query: route.query };
    return this.#admit(request, route, this.grants.holder(upload, request.method ?? ''));
  }

  #admit(
    request: IncomingMessage,
    route: AdmittedRoute,
    known: string | undefined,
  ): Admission | Promise<never> {
    const admission = this.#access.admit(request.headers, route.query, known);
    const { tokenName, presented } = admission;
    if (tokenName !== undefined && this.accepts(request, tokenName)) return admission;
    // Nothing that could be right was sent.
    if (tokenName === undefined && !presented && !guessesToken(route, this.config.providers))
      throw new ProxyError('bad-token');
    return this.refuse(request, 'bad-token');
  }

  /**
   * Counts a wrong token, or a right one that has to wait.
   * @throws ProxyError `too-many-bad-tokens`, or the given one while there are not too many
   */
  async refuse(request: IncomingMessage, code: 'bad-token' | 'bad-admin-token'): Promise<never> {
    const retryAfterMs = await this.#throttle.count(request);
    throw retryAfterMs === undefined
      ? new ProxyError(code)
      : new ProxyError('too-many-bad-tokens', { retryAfterMs });
  }
}
