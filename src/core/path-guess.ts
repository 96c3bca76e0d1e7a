import type { Providers } from '../providers/registry';
import { MIN_TOKEN_LENGTH, TOKEN } from './access';
import { isApiSegment } from './api-paths';
import type { Route } from './route';

const VERSION = /^v\d/;

/**
 * Whether a path without a right token begins with a segment that can only have been meant as one: what follows is an
 * API's, a provider's or our own, or it could be a token by its form. `/robots.txt` and its kind are no guesses.
 */
export function guessesToken(
  { path, provider }: Pick<Route, 'path' | 'provider'>,
  providers: Pick<Providers, 'named'>,
): boolean {
  const [, first = '', second = ''] = path.split('/', 3);
  if (provider !== undefined || first === '' || isApiSegment(first)) return false;
  return (
    isApiSegment(second) ||
    VERSION.test(second) ||
    providers.named(second) !== undefined ||
    (first.length >= MIN_TOKEN_LENGTH && TOKEN.test(first))
  );
}
