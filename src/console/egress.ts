import type { IncomingMessage } from 'node:http';
import type { Config } from '../config';
import { AccessList } from '../core/access';
import { credentialIn } from '../core/credentials';
import type { AdmittedRoute, Gate } from '../core/gate';
import { ProxyError } from '../errors';

/** No access token can be called so. */
const ADMIN = ':admin';

/** Who may read the pages that are not for everybody. Wrong tokens count as they do elsewhere. */
export interface PageAccess {
  /** @throws ProxyError `bad-admin-token`, `too-many-bad-tokens` */
  readonly requireAdmin: (request: IncomingMessage) => Promise<void>;
  /**
   * The admin token or an access token. Where there are no tokens at all it is open: such a page spends no key.
   * @throws ProxyError `bad-token`, `bad-admin-token`, `too-many-bad-tokens`, `foreign-origin`
   */
  readonly requireToken: (request: IncomingMessage, route: AdmittedRoute) => Promise<void>;
}

export function pageAccess(config: Pick<Config, 'adminToken' | 'accessTokens'>, gate: Gate): PageAccess {
  const hasAdminToken = config.adminToken !== '';
  const admins = new AccessList(hasAdminToken ? [{ name: ADMIN, token: config.adminToken }] : []);
  const credentialOf = ({ headers }: IncomingMessage) => credentialIn(headers, 'authorization');
  const isAdmin = (request: IncomingMessage) =>
    admins.nameOf(credentialOf(request) ?? '') !== undefined && gate.accepts(request, ADMIN);

  const requireAdmin = async (request: IncomingMessage) => {
    if (isAdmin(request)) return;
    if (credentialOf(request) === undefined) throw new ProxyError('bad-admin-token');
    await gate.refuse(request, 'bad-admin-token');
  };
  return {
    requireAdmin,
    async requireToken(request, route) {
      if (isAdmin(request)) return;
      if (hasAdminToken && config.accessTokens.length === 0) await requireAdmin(request);
      else await gate.admit(request, route);
    },
  };
}
