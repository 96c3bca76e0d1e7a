/** Where the token is kept: this tab's storage, or only memory if the browser forbids that. */
const NAME = 'scf-llm-proxy-token';
const MIN_TOKEN_LENGTH = 16;

let inMemory = '';

/** Whether the token survives a reload. */
export function storageWorks(): boolean {
  try {
    sessionStorage.setItem(`${NAME}-try`, '1');
    sessionStorage.removeItem(`${NAME}-try`);
    return true;
  } catch {
    return false;
  }
}

/** '' if there is none. */
export function storedToken(): string {
  try {
    return sessionStorage.getItem(NAME) ?? inMemory;
  } catch {
    return inMemory;
  }
}

/** @param token '' to forget it */
export function storeToken(token: string): void {
  inMemory = token;
  try {
    if (token === '') sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, token);
  } catch {
    // only in memory, then
  }
}

/**
 * The token in a fragment: `#token=…`, or the token alone as `npm run token -- --qr` makes it.
 * @returns `undefined` if it is something else, such as `#/requests`
 */
export function tokenInFragment(fragment: string): string | undefined {
  const text = fragment.replace(/^#/, '').replace(/^token=/, '');
  if (!/^[\w.~-]+$/.test(text)) return undefined;
  return text.length >= MIN_TOKEN_LENGTH || fragment.startsWith('#token=') ? text : undefined;
}
