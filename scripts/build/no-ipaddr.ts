/** Replaces express's parser of trusted proxies: none is trusted. */
export function isValid(): boolean {
  return false;
}

export function parse(): never {
  throw new Error('No proxy is trusted.');
}
