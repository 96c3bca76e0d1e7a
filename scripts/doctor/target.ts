/** What is examined, and what the examiner may use for it. */
export interface Target {
  /** Scheme, host, port and stage; no slash at the end. It may hold an access token, so it is never printed. */
  readonly base: string;
  /** What a caller sends: an access token, a key, or both joined. */
  readonly token: string | undefined;
  readonly adminToken: string | undefined;
  /** The model that a real streamed request is made with. */
  readonly model: string | undefined;
}

/**
 * Takes an address as people have it at hand: with a slash at the end, with `/v1`, without a scheme.
 * @throws TypeError where it is none
 */
export function baseOf(address: string): string {
  const url = new URL(/^https?:\/\//i.test(address) ? address : `https://${address}`);
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}

export function isLoopback(base: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(base).hostname);
}

/** The authorization header of a token; none without one. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
