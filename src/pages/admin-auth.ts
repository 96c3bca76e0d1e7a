import type { IncomingMessage } from 'node:http';
import { hasNoTokens } from '../config/cross-field-problems';
import type { Config } from '../config/read-config';
import { AccessTokens } from '../proxy/auth/access-tokens';
import { credentialIn } from '../http/credentials';
import type { AuthTarget, Authenticator } from '../proxy/auth/authenticator';
import { ProxyError } from '../errors/proxy-error';

/** No access token can have this name. */
const ADMIN = ':admin';

/** Access to the protected pages. Invalid tokens count towards the same limit as elsewhere. */
export interface PageAccess {
  /** @throws ProxyError `bad-admin-token`, `too-many-bad-tokens` */
  readonly requireAdmin: (request: IncomingMessage) => Promise<void>;
  /**
   * The admin token or an access token. If no tokens are configured it is open: such a page uses no key.
   * @throws ProxyError `bad-token`, `bad-admin-token`, `too-many-bad-tokens`, `foreign-origin`
   */
  readonly requireToken: (request: IncomingMessage, route: AuthTarget) => Promise<void>;
}

export function pageAccess(
  config: Pick<Config, 'adminToken' | 'accessTokens' | 'tokenSecrets'>,
  authenticator: Authenticator,
): PageAccess {
  const hasAdminToken = config.adminToken !== '';
  const admins = new AccessTokens(hasAdminToken ? [{ name: ADMIN, token: config.adminToken }] : []);
  const credentialOf = ({ headers }: IncomingMessage) => credentialIn(headers, 'authorization');
  const isAdmin = (request: IncomingMessage) =>
    admins.find(credentialOf(request) ?? '') !== undefined && authenticator.accepts(request, ADMIN);

  const requireAdmin = async (request: IncomingMessage) => {
    if (isAdmin(request)) return;
    if (credentialOf(request) === undefined) throw new ProxyError('bad-admin-token');
    await authenticator.refuse(request, 'bad-admin-token');
  };
  return {
    requireAdmin,
    async requireToken(request, route) {
      if (isAdmin(request)) return;
      if (hasAdminToken && hasNoTokens(config)) await requireAdmin(request);
      else await authenticator.authenticate(request, route);
    },
  };
}
