/** An HTTP proxy of the user's network, through which connections are tunnelled (RFC 9110 §9.3.6, CONNECT). */
export interface HttpProxy {
  readonly hostname: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`. */
  readonly authorization: string | undefined;
}

/** Selects the proxy for a host and port; `undefined` if the connection is to be direct. */
export type ProxyChoice = (host: string, port: number) => HttpProxy | undefined;

/** A setting that was read; `problem` says why one is not used, and never repeats its value. */
export interface ProxySetting {
  readonly choose: ProxyChoice | undefined;
  /** The variable, and the host and port that it names. */
  readonly from: string | undefined;
  readonly problem: string | undefined;
}

/** In curl's order. curl prefers lower case, since a server's `HTTP_PROXY` could come from a request's header. */
const NAMES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/** Addresses of this machine are never reached through another one. */
const LOOPBACK = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|::1)$/i;

/** Reads `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not. An empty one counts as not set. */
export function readHttpProxy(environment: Readonly<Record<string, string | undefined>>): ProxySetting {
  const name = NAMES.find((one) => (environment[one] ?? '').trim() !== '');
  if (name === undefined) return { choose: undefined, from: undefined, problem: undefined };
  const proxy = parse((environment[name] ?? '').trim());
  if (!proxy) {
    const problem = `${name} is not used: it must be the address of an HTTP proxy, such as http://127.0.0.1:7890.`;
    return { choose: undefined, from: undefined, problem };
  }
  const direct = parseNoProxy(environment['no_proxy'] ?? environment['NO_PROXY'] ?? '');
  return {
    choose: (host, port) => (LOOPBACK.test(host) || direct(host, port) ? undefined : proxy),
    from: `${name} (${proxy.hostname}:${proxy.port})`,
    problem: undefined,
  };
}

/** A scheme may be omitted, as curl allows. */
function parse(text: string): HttpProxy | undefined {
  try {
    const url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    if (url.protocol !== 'http:' || url.hostname === '') return undefined;
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return {
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? 80 : Number(url.port),
      authorization: credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`,
    };
  } catch {
    return undefined;
  }
}

/** `NO_PROXY`: names, which stand for their subdomains as well, each with a port or without; `*` for all. */
function parseNoProxy(text: string): (host: string, port: number) => boolean {
  const entries = text
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, name = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
      return { name: name.toLowerCase().replace(/^\*?\./, ''), port };
    });
  return (host, port) => {
    const lower = host.toLowerCase();
    return entries.some(
      (entry) =>
        (entry.name === '*' || lower === entry.name || lower.endsWith(`.${entry.name}`)) &&
        (entry.port === undefined || Number(entry.port) === port),
    );
  };
}
