import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { ProxyError } from '../errors';
import { AccessList, type Admission } from './access';
import { Grants, continuesUpload } from './grants';
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
    config: Pick<Config, 'accessTokens' | 'apiKeys' | 'redisUrl'>,
    private readonly effects: { readonly makeLimiter: MakeLimiter; readonly onScf: boolean },
  ) {
    const keys = [...config.apiKeys.values()].flatMap((pool) => pool.map(({ key }) => key));
    this.grants = new Grants(config.accessTokens, keys);
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
   * @throws ProxyError `bad-token`, `too-many-bad-tokens`; the latter needs a count that may be elsewhere
   */
  admit(request: IncomingMessage, route: AdmittedRoute): Admission | Promise<never> {
    const granted =
      !this.#access.open && continuesUpload(route) ? this.grants.holder(route.query) : undefined;
    const known = route.tokenName ?? granted;
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
