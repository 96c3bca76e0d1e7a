import type { IncomingMessage } from 'node:http';
import { AccessList } from '../core/access';
import { credentialIn } from '../core/credentials';
import { ProxyError } from '../errors';

/** Whether a request has the admin token. Nobody has it where there is none. */
export type IsAdmin = (request: IncomingMessage) => boolean;

export function adminCheck(adminToken: string): IsAdmin {
  if (adminToken === '') return () => false;
  const admins = new AccessList([{ name: 'admin', token: adminToken }]);
  return ({ headers }) => admins.nameOf(credentialIn(headers, 'authorization') ?? '') !== undefined;
}

export interface EgressDoor {
  readonly isAdmin: IsAdmin;
  readonly hasAdminToken: boolean;
  readonly hasAccessTokens: boolean;
  /** Lets in whoever has an access token. @throws ProxyError */
  readonly admit: () => unknown;
}

/**
 * The egress page tells an address and nothing else, so where there are no tokens at all it is open; else it takes the
 * admin token or an access token.
 * @throws ProxyError `bad-token`, `too-many-bad-tokens`, `bad-admin-token`
 */
export async function admitToEgress(request: IncomingMessage, door: EgressDoor): Promise<void> {
  if (door.isAdmin(request)) return;
  if (door.hasAccessTokens) await door.admit();
  else if (door.hasAdminToken) throw new ProxyError('bad-admin-token');
}
