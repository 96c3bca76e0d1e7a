/**
 * The page of a proxy that is opened with a token. A fragment is not sent to any server.
 * @returns `undefined` if the address is not one of a proxy
 */
export function tokenLink(url: string, token: string): string | undefined {
  try {
    const { protocol, origin, pathname, search, hash, username } = new URL(url);
    const isPlain = search === '' && hash === '' && username === '';
    if (!/^https?:$/.test(protocol) || !isPlain) return undefined;
    return `${origin}${pathname.replace(/\/$/, '')}/#${token}`;
  } catch {
    return undefined;
  }
}
