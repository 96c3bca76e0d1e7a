import type { IncomingMessage } from 'node:http';
import { ProxyError } from '../../errors/proxy-error';
import type { Provider } from '../../providers/provider';
import type { Providers } from '../../providers/registry';
import type { WeightedKey } from '../keys/managed-key';
import { AccessTokens, type AccessToken, type Authentication, type ListedToken } from './access-tokens';
import { UploadGrants, hasGrant } from './upload-grants';
import { AllowedOrigins, type AllowedOriginsOptions } from './allowed-origins';
import { guessesToken } from './path-guess';
import type { ParsedTarget } from '../routing/parse-target';
import type { KnownToken } from '../tokens/known-token';
import { Revocations, type Revocation } from '../tokens/revocations';
import { SignedTokens } from '../tokens/signed-tokens';
import { BadTokenLimiter, type MakeLimiter } from './bad-token-limiter';

/** The parts of a target that authentication checks. */
export type AuthTarget = Pick<ParsedTarget, 'path' | 'query' | 'token' | 'provider'>;

/** The configuration that decides which clients may use the proxy; '' for a secret that is not set. */
export interface AuthOptions {
  readonly accessTokens: readonly AccessToken[];
  /** What signed tokens are signed with, the newest first; empty if there are none. */
  readonly tokenSecrets: readonly string[];
  readonly revokedTokens: readonly Revocation[];
  /** If one of them is set, secrets may be added while the process runs. */
  readonly configFile?: string;
  readonly configSecret?: string;
  readonly apiKeys: ReadonlyMap<Provider, readonly WeightedKey[]>;
  readonly redisUrl: string;
  readonly adminToken: string;
  readonly providers: Providers;
  /** Whether any client may use the server's keys without a token. */
  readonly anonymous: boolean;
  readonly corsOrigins: AllowedOriginsOptions['corsOrigins'];
  readonly allowedHosts: AllowedOriginsOptions['allowedHosts'];
}

export interface AuthEffects {
  readonly makeLimiter: MakeLimiter;
  readonly onScf: boolean;
  /** The wall clock, in ms. */
  readonly now: () => number;
}

/** Authenticates clients by access token, and throttles guessing. */
export class Authenticator {
  readonly grants: UploadGrants;
  /** Of signed tokens; `undefined` if there are none. */
  readonly revocations: Revocations | undefined;
  readonly #access: AccessTokens;
  readonly #throttle: BadTokenLimiter;
  /** Set only if any client may use the server's keys without a token. */
  readonly #allowedOrigins: AllowedOrigins | undefined;

  /** @param previous the one that it replaces */
  constructor(
    private readonly options: AuthOptions,
    private readonly effects: AuthEffects,
    previous?: Authenticator,
  ) {
    const { makeLimiter, onScf, now } = effects;
    const keys = [...options.apiKeys.values()].flatMap((pool) => pool.map(({ key }) => key));
    this.grants = new UploadGrants(
      options.accessTokens,
      [...keys, options.adminToken, options.redisUrl, ...options.tokenSecrets],
      now,
      options.tokenSecrets.length > 0,
    );
    const { tokenSecrets, configFile = '', configSecret = '' } = options;
    const mayHaveSecrets = tokenSecrets.length > 0 || configFile !== '' || configSecret !== '';
    this.revocations = mayHaveSecrets
      ? new Revocations(options.revokedTokens, previous?.revocations)
      : undefined;
    const signed =
      this.revocations && tokenSecrets.length > 0
        ? new SignedTokens(tokenSecrets, this.revocations, now)
        : undefined;
    this.#access = new AccessTokens(options.accessTokens, signed, now);
    // A change of the configuration lets nobody guess again.
    this.#throttle = previous
      ? previous.#throttle
      : new BadTokenLimiter({
          makeLimiter,
          onScf,
          now,
          secret: options.redisUrl === '' ? undefined : options.redisUrl,
        });
    if (options.anonymous) this.#allowedOrigins = new AllowedOrigins({ ...options, isPublic: onScf });
  }

  /** The token, if the segment of a path is one. */
  readonly findToken = (segment: string): KnownToken | undefined =>
    this.#access.open ? undefined : this.#access.find(segment);

  /** Why a token that was valid is not any more; `undefined` if it still is. */
  endOf({ name, issuedAt, expiresAt }: KnownToken): 'token-expired' | 'token-revoked' | undefined {
    if (expiresAt !== undefined && expiresAt <= this.effects.now() / 1_000) return 'token-expired';
    const isRevoked = issuedAt !== undefined && this.revocations?.concern({ name, issuedAt });
    return isRevoked ? 'token-revoked' : undefined;
  }

  /** The static tokens, and the signed ones that were seen lately. */
  listedTokens(): readonly ListedToken[] {
    return this.#access.listed();
  }

  /** Whether a valid token of this name is accepted from the client's network. */
  accepts(request: IncomingMessage, tokenName: string): boolean {
    return this.#throttle.accepts(request, tokenName);
  }

  /**
   * Authenticates a request, synchronously if possible.
   * @param provider the one that the path alone determines, for which an upload's grant must be; `undefined` for the
   * proxy's own pages
   * @throws ProxyError `bad-token`; `too-many-bad-tokens`, which may need a count from a shared limiter;
   * `foreign-origin`
   */
  authenticate(
    request: IncomingMessage,
    route: AuthTarget,
    provider?: Provider,
  ): Authentication | Promise<Authentication> {
    if (this.#access.open) {
      this.#allowedOrigins?.check(request);
      return this.#access.authenticate(request.headers, route.query, undefined);
    }
    if (provider && route.token === undefined && hasGrant(route.query)) {
      return this.#authenticateGrant(request, route, provider);
    }
    return this.#authenticateToken(request, route, route.token);
  }

  async #authenticateGrant(
    request: IncomingMessage,
    route: AuthTarget,
    provider: Provider,
  ): Promise<Authentication> {
    await this.grants.prepare();
    const upload = { provider: provider.name, path: route.path, query: route.query };
    const name = this.grants.tokenNameOf(upload, request.method ?? '');
    return this.#authenticateToken(request, route, name === undefined ? undefined : { name, id: name });
  }

  #authenticateToken(
    request: IncomingMessage,
    route: AuthTarget,
    known: KnownToken | undefined,
  ): Authentication | Promise<never> {
    const authentication = this.#access.authenticate(request.headers, route.query, known);
    const { tokenName, presented } = authentication;
    if (tokenName !== undefined && this.accepts(request, tokenName)) return authentication;
    // Nothing was sent that could be a token.
    if (tokenName === undefined && !presented && !guessesToken(route, this.options.providers))
      throw new ProxyError('bad-token');
    return this.refuse(request, 'bad-token');
  }

  /**
   * Counts an invalid token, or a valid one that has to wait.
   * @throws ProxyError `too-many-bad-tokens`, or the given one if there are not too many yet
   */
  async refuse(request: IncomingMessage, code: 'bad-token' | 'bad-admin-token'): Promise<never> {
    const retryAfterMs = await this.#throttle.count(request);
    throw retryAfterMs === undefined
      ? new ProxyError(code)
      : new ProxyError('too-many-bad-tokens', { retryAfterMs });
  }
}
