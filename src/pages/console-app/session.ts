import { STORED_TOKEN as NAME } from '../token-form/stored-token';

/** Where the token is kept: this tab's storage, or only memory if the browser forbids that. */
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
