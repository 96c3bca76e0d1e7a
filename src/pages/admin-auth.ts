import type { IncomingMessage } from 'node:http';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import { AccessTokens } from '../proxy/auth/access-tokens';
import { credentialIn } from '../http/credentials';
import type { AuthTarget, Authenticator } from '../proxy/auth/authenticator';
import type { KnownToken } from '../proxy/tokens/known-token';
import { ProxyError } from '../errors/proxy-error';

/** No access token can have these names. */
const ADMIN = ':admin';
const METRICS = ':metrics';

/** Whose token a request has: the admin token, or one of those that clients have, or none where none is needed. */
export type PageRole = 'operator' | 'client';

/** Access to the protected pages. Invalid tokens count towards the same limit as elsewhere. */
export interface PageAccess {
  /** @throws ProxyError `bad-admin-token`, `too-many-bad-tokens` */
  readonly requireAdmin: (request: IncomingMessage) => Promise<void>;
  /**
   * The admin token or the metrics token.
   * @throws ProxyError `bad-admin-token`, `too-many-bad-tokens`
   */
  readonly requireMetrics: (request: IncomingMessage) => Promise<void>;
  /**
   * The admin token or an access token. If no tokens are configured it is open: such a page uses no key.
   * @throws ProxyError `bad-token`, `bad-admin-token`, `too-many-bad-tokens`, `foreign-origin`
   */
  readonly requireToken: (request: IncomingMessage, route: AuthTarget) => Promise<PageRole>;
  /**
   * An access token, for what concerns itself alone.
   * @throws ProxyError `bad-token`, `token-expired`, `token-revoked`, `too-many-bad-tokens`
   */
  readonly requireHolder: (request: IncomingMessage, route: AuthTarget) => Promise<KnownToken>;
  /**
   * The admin token, for everything, or an access token.
   * @throws ProxyError as the two others
   */
  readonly requireAdminOrHolder: (
    request: IncomingMessage,
    route: AuthTarget,
  ) => Promise<KnownToken | 'operator'>;
}

export function pageAccess(
  config: Pick<Config, 'adminToken' | 'metricsToken' | 'accessTokens' | 'tokenSecrets'>,
  authenticator: Authenticator,
): PageAccess {
  const hasAdminToken = config.adminToken !== '';
  const holdersOf = (name: string, token: string) => new AccessTokens(token === '' ? [] : [{ name, token }]);
  const admins = holdersOf(ADMIN, config.adminToken);
  const scrapers = holdersOf(METRICS, config.metricsToken);
  const credentialOf = ({ headers }: IncomingMessage) => credentialIn(headers, 'authorization');
  const isOf = (holders: AccessTokens, name: string, request: IncomingMessage) =>
    holders.find(credentialOf(request) ?? '') !== undefined && authenticator.accepts(request, name);
  const isAdmin = (request: IncomingMessage) => isOf(admins, ADMIN, request);

  const refuse = async (request: IncomingMessage) => {
    if (credentialOf(request) === undefined) throw new ProxyError('bad-admin-token');
    await authenticator.refuse(request, 'bad-admin-token');
  };
  const requireAdmin = async (request: IncomingMessage) => {
    if (!isAdmin(request)) await refuse(request);
  };
  const requireMetrics = async (request: IncomingMessage) => {
    if (!isOf(scrapers, METRICS, request) && !isAdmin(request)) await refuse(request);
  };
  const requireHolder = async (request: IncomingMessage, route: AuthTarget) => {
    // Without any token the authenticator lets everybody in, as nobody.
    const { token } = await authenticator.authenticate(request, route);
    if (!token) throw new ProxyError('bad-token');
    return token;
  };
  return {
    requireAdmin,
    requireMetrics,
    requireHolder,
    async requireAdminOrHolder(request, route) {
      if (isAdmin(request)) return 'operator';
      if (!hasNoTokens(config)) return requireHolder(request, route);
      await requireAdmin(request);
      return 'operator';
    },
    async requireToken(request, route) {
      if (isAdmin(request)) return 'operator';
      if (hasAdminToken && hasNoTokens(config)) await requireAdmin(request);
      else await authenticator.authenticate(request, route);
      return 'client';
    },
  };
}
