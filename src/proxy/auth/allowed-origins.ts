import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { ProxyError } from '../../errors/proxy-error';

/** Domains that no public name server can resolve: RFC 6761, 6762, 8375, ICANN's `.internal`, and routers' `.lan`. */
const LOCAL_DOMAIN = /\.(?:localhost|local|internal|home\.arpa|lan)$/;

export interface AllowedOriginsOptions {
  /** Web origins whose pages may send requests; `*` names none. */
  readonly corsOrigins: '*' | readonly string[];
  /** Host names that this proxy is reached by, in addition to those of the local network; `*` for any. */
  readonly allowedHosts: readonly string[];
  /** Whether the address is public, so that a browser in the local network can reach nothing more than others can. */
  readonly isPublic: boolean;
}

/**
 * Prevents other web pages from using the server's keys when no access token is required: otherwise any page that a
 * user opens could send requests at the operator's expense. Clients other than browsers send none of the checked
 * headers but `Host`.
 */
export class AllowedOrigins {
  readonly #named: ReadonlySet<string>;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(private readonly options: AllowedOriginsOptions) {
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
    // Not sent to http:// addresses other than localhost. `same-site` is another site too: another port of this machine, or
    // another customer's function below the same domain.
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none')
      throw new ProxyError('foreign-origin');
  }

  /**
   * An attacker's domain can resolve to this machine (DNS rebinding), and its page then has the same origin as the
   * proxy. That is not possible with an IP address or with a name without a dot.
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

  /** Whether a page is the proxy's own. A reverse proxy in front may have replaced `Host`. */
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
