/** Under which the page's script keeps the token in the tab's storage. It says nothing of what this is. */
export const STORED_TOKEN = 'access-token';

/**
 * The token in a fragment: `#token=…`, or the token alone as `npm run token -- --qr` makes it. It also runs as its own source
 * text, so it refers to nothing else.
 * @returns `undefined` if it is something else, such as `#/requests`
 */
export function tokenInFragment(fragment: string): string | undefined {
  const text = fragment.replace(/^#/, '').replace(/^token=/, '');
  if (!/^[\w.~-]+$/.test(text)) return undefined;
  return text.length >= 16 || fragment.startsWith('#token=') ? text : undefined;
}
