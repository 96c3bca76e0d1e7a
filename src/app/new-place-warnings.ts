import type { Config } from '../config/read-config';
import type { Logger } from '../log/logger';
import { TokenPlaces, type NewPlace, type SharedPlaces } from '../proxy/auth/token-places';

const MESSAGES: Readonly<Record<NewPlace, string>> = {
  network: 'an access token is used from a network that it was not used from before',
  client: 'an access token is used by a client that did not use it before',
};

/**
 * Warns of tokens that are used from new places; `undefined` if that is off. Only where the platform tells the client's
 * address; and unless asked for, only where instances share what they know.
 */
export function newPlaceWarnings(
  { newPlaceWarnings: wanted, redisUrl }: Pick<Config, 'newPlaceWarnings' | 'redisUrl'>,
  { onScf, logger }: { readonly onScf: boolean; readonly logger: Logger },
  shared: () => SharedPlaces | undefined,
): TokenPlaces | undefined {
  if (!onScf || wanted === 'off' || (wanted === 'auto' && redisUrl === '')) return undefined;
  return new TokenPlaces({
    secret: redisUrl === '' ? undefined : redisUrl,
    shared,
    onNew(token, what) {
      logger.warn({ token, new: what }, MESSAGES[what]);
    },
  });
}
