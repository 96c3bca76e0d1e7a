/** Stands in for what express reads trusted proxies with: nothing is trusted in front of our pages. */
export function isValid(): boolean {
  return false;
}

export function parse(): never {
  throw new Error('No proxy is trusted.');
}
