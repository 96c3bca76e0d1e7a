/** The proxy to examine, and the credentials to use. */
export interface Target {
  /** Scheme, host, port and stage; no slash at the end. It may hold an access token, so it is never printed. */
  readonly base: string;
  /** What a client sends: an access token, a key, or both joined. */
  readonly token: string | undefined;
  readonly adminToken: string | undefined;
  /** The model for a real streamed request. */
  readonly model: string | undefined;
  /** How many streams to open in order to count the instances that hold them; `undefined` for none. */
  readonly streams?: number | undefined;
}

/**
 * Accepts an address with or without a trailing slash, `/v1` or a scheme.
 * @throws TypeError if it is not a URL
 */
export function baseOf(address: string): string {
  const url = new URL(/^https?:\/\//i.test(address) ? address : `https://${address}`);
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** Path segments that a gateway adds; they are no secrets. */
export const STAGES: readonly string[] = ['release', 'test', 'prepub'];

/** An address without the access token that its path may hold; a stage stays. */
export function withoutToken(base: string): string {
  const { origin, pathname } = new URL(base);
  const stages = pathname.split('/').filter((segment) => STAGES.includes(segment));
  return [origin, ...stages].join('/');
}

export function isLoopback(base: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(base).hostname);
}

/** The authorization header for a token; no header if there is none. */
export function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
