import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { ProxyError } from '../errors';

/** Domains that no public name server can point anywhere: RFC 6761, 6762, 8375, ICANN's `.internal`, and routers' `.lan`. */
const LOCAL_DOMAIN = /\.(?:localhost|local|internal|home\.arpa|lan)$/;

export interface OwnOriginOptions {
  /** Web origins whose pages may call; `*` names none. */
  readonly corsOrigins: '*' | readonly string[];
  /** Host names that lead here, beside those of the local network; `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Whether the address is a public one: there is nothing that only a browser inside could reach. */
  readonly isPublic: boolean;
}

/**
 * Keeps other web pages from spending the server's keys where nobody needs a token: whoever can be made to open a page
 * would pay for its requests. Clients that are no browser send none of the headers that are looked at, but `Host`.
 */
export class OwnOrigin {
  readonly #named: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(private readonly options: OwnOriginOptions) {
    this.#named = new Set(options.corsOrigins === '*' ? [] : options.corsOrigins);
    this.#allowedHosts = new Set(options.allowedHosts.map((host) => host.toLowerCase()));
  }

  /** @throws ProxyError `foreign-origin` */
  check({ headers }: Pick<IncomingMessage, 'headers'>): void {
    const { host, origin } = headers;
    if (!this.#isOwnHost(host)) throw new ProxyError('foreign-origin');
    if (origin !== undefined) {
      if (this.#named.has(origin)) return;
      if (!this.#isOwnOrigin(origin, host)) throw new ProxyError('foreign-origin');
    }
    // Absent from http:// addresses but localhost. `same-site` is not ours either: another port of this machine, or
    // another customer's function below the same domain.
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new ProxyError('foreign-origin');
  }

  /**
   * A page can point a name of its own to this machine (DNS rebinding), and is then of the same origin as the proxy. An
   * address cannot be pointed anywhere, nor can a name without a dot.
   */
  #isOwnHost(host: string | undefined): boolean {
    if (host === undefined || this.options.isPublic || this.#allowedHosts.has('*')) return true;
    const name = host
      .toLowerCase()
      .replace(/:\d{0,5}$/, '')
      .replace(/\.$/, '');
    return (
      !name.includes('.') ||
      name.startsWith('[') ||
      isIPv4(name) ||
      LOCAL_DOMAIN.test(name) ||
      this.#allowedHosts.has(name)
    );
  }

  /** A page of our own, as the browser names it; a front may have put another `Host` in place of the one it was asked at. */
  #isOwnOrigin(origin: string, host: string | undefined): boolean {
    try {
      const page = new URL(origin);
      if (page.port === '' && this.#allowedHosts.has(page.hostname)) return true;
      return host !== undefined && new URL(`${page.protocol}//${host}`).host === page.host;
    } catch {
      return false; // `null`
    }
  }
}
