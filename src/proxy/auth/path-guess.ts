import type { Providers } from '../../providers/registry';
import { MIN_TOKEN_LENGTH, TOKEN } from './access-tokens';
import { isApiSegment } from '../routing/known-paths';
import type { ParsedTarget } from '../routing/parse-target';

const VERSION = /^v\d/;

/**
 * Whether a path without a valid token begins with a segment that was probably meant as one: it is followed by a path of
 * an API, a provider or this proxy, or it has the form of a token. `/robots.txt` and the like are not guesses.
 */
export function guessesToken(
  { path, provider }: Pick<ParsedTarget, 'path' | 'provider'>,
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
