import type { IncomingMessage } from 'node:http';
import type { RawHeaders } from './filter-headers';

/**
 * Response headers that a page's script may read in addition to the safelisted ones: all of them. No response allows
 * credentials, so the asterisk is valid. The names are for browsers that do not support it, and only the most needed:
 * SCF allows 4 KB of headers in total.
 */
const EXPOSED = [
  '*',
  'location',
  'retry-after',
  'retry-after-ms',
  'x-proxy-buffered',
  'x-proxy-error',
  'x-proxy-models-missing',
  'x-proxy-path-repaired',
  'x-proxy-remedy',
  'x-proxy-request-id',
  'x-ratelimit-limit-requests',
  'x-ratelimit-limit-tokens',
  'x-ratelimit-remaining-requests',
  'x-ratelimit-remaining-tokens',
  'x-ratelimit-reset-requests',
  'x-ratelimit-reset-tokens',
  'x-request-id',
  'x-should-retry',
];

const MAX_AGE_SECONDS = 86_400;
const ALL_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** Which web pages may read responses: https://fetch.spec.whatwg.org/#http-cors-protocol */
export class Cors {
  readonly #anyone: RawHeaders = ['Access-Control-Allow-Origin', '*'];
  /** Only for requests with an `Origin`: other clients do not need the list of headers, which is 0.8 KB. */
  readonly #anyPage: RawHeaders;
  readonly #exposed: string;

  /** @param ofProviders response headers of the providers, to be exposed with those that any of them may have */
  constructor(
    private readonly origins: '*' | readonly string[],
    ofProviders: readonly string[] = [],
  ) {
    this.#exposed = [...EXPOSED, ...ofProviders].join(', ');
    this.#anyPage = [...this.#anyone, 'Access-Control-Expose-Headers', this.#exposed];
  }

  /** The headers for every response to this request, including errors. */
  headers(request: Pick<IncomingMessage, 'headers'>): RawHeaders {
    const { origin } = request.headers;
    if (this.origins === '*') return origin === undefined ? this.#anyone : this.#anyPage;
    if (origin === undefined || !this.origins.includes(origin)) return ['Vary', 'Origin'];
    return [
      'Access-Control-Allow-Origin',
      origin,
      'Access-Control-Expose-Headers',
      this.#exposed,
      'Vary',
      'Origin',
    ];
  }

  /**
   * The headers for a preflight, which is never sent upstream. It grants what is requested: SDKs in browsers send
   * headers that nobody could list (`x-stainless-*`), and the origin is what decides.
   */
  preflightHeaders(request: Pick<IncomingMessage, 'headers'>): RawHeaders {
    const headers = this.headers(request);
    if (!headers.includes('Access-Control-Allow-Origin')) return headers;
    const method = request.headers['access-control-request-method'];
    const asked = request.headers['access-control-request-headers'];
    // A page on the internet that calls this proxy in a private network: https://wicg.github.io/private-network-access/
    const toPrivate = request.headers['access-control-request-private-network'] === 'true';
    return [
      ...headers,
      'Access-Control-Allow-Methods',
      method === undefined || ALL_METHODS.split(', ').includes(method)
        ? ALL_METHODS
        : `${ALL_METHODS}, ${method}`,
      ...(asked === undefined ? [] : ['Access-Control-Allow-Headers', asked]),
      ...(toPrivate ? ['Access-Control-Allow-Private-Network', 'true'] : []),
      'Access-Control-Max-Age',
      String(MAX_AGE_SECONDS),
      ...(this.origins === '*' ? ['Vary', 'Access-Control-Request-Headers'] : []),
    ];
  }
}
