import type { scf } from 'tencentcloud-sdk-nodejs-scf';
import type { Environment } from '../../src/config/effective-value';
import { readEnvFile, withEnvFile } from '../../src/config/local-environment';
import { readHttpProxy, type ProxyChoice } from '../../src/proxy/connect/http-proxy';
import { agentFor } from '../shared/agents';
import { INTERNATIONAL_ENDPOINT, INTERNATIONAL_HOST, type Site } from './console';

type ClientProfile = NonNullable<ConstructorParameters<typeof scf.v20180416.Client>[0]['profile']>;

/** What signs API calls. The secret key itself is never sent. */
export interface Credentials {
  readonly secretId: string;
  readonly secretKey: string;
  readonly token?: string;
}

/** The API to call, and the credentials for it. */
export interface Connection {
  readonly credentials: Credentials;
  /** host:port of a fake API on this machine, for tests; `undefined` means Tencent's API. */
  readonly loopback?: string;
  /** `undefined` means the endpoint of mainland accounts; whether the account is one is not known. */
  readonly site?: Site;
  /** A value of TENCENT_ENDPOINT that is none. */
  readonly unknownEndpoint?: boolean;
  /** The HTTP proxy of the user's network; `undefined` means that connections are direct. */
  readonly httpProxy?: ProxyChoice;
}

/** Which host:port may replace Tencent's API. Any other host would receive signed requests. */
export const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/;

/** This machine's variables, and those of a `.env` file that are not set here. Empty ones count as not set. */
export function environmentOf(folder: string, environment: Environment): Environment {
  return withEnvFile(environment, readEnvFile(folder));
}

/** Reads credentials and the tests' endpoint; preflight reports what is missing or wrong. */
export function readConnection(environment: Environment): Connection {
  const { TENCENT_SECRET_ID, TENCENT_SECRET_KEY, TENCENT_TOKEN, TENCENT_SCF_ENDPOINT, TENCENT_ENDPOINT } =
    environment;
  const httpProxy = readHttpProxy(environment).choose;
  return {
    ...(httpProxy ? { httpProxy } : {}),
    credentials: {
      secretId: TENCENT_SECRET_ID ?? '',
      secretKey: TENCENT_SECRET_KEY ?? '',
      ...(TENCENT_TOKEN === undefined ? {} : { token: TENCENT_TOKEN }),
    },
    ...(TENCENT_SCF_ENDPOINT === undefined ? {} : { loopback: TENCENT_SCF_ENDPOINT }),
    ...(TENCENT_ENDPOINT === INTERNATIONAL_ENDPOINT ? { site: 'international' } : {}),
    ...((TENCENT_ENDPOINT ?? '') === '' || TENCENT_ENDPOINT === INTERNATIONAL_ENDPOINT
      ? {}
      : { unknownEndpoint: true }),
  };
}

/** The host to call; `undefined` for the one that Tencent's client calls by itself. */
export function endpointOf({ loopback, site }: Connection): string | undefined {
  return loopback ?? (site === 'international' ? INTERNATIONAL_HOST : undefined);
}

/** Whether Tencent's client would use another HTTP proxy by itself; it does if it is given no agent. */
export function usesHttpProxy(environment: Environment): boolean {
  return (environment['http_proxy'] ?? '') !== '';
}

/** How Tencent's client connects, with messages in English. */
export function clientProfile(
  { loopback, httpProxy }: Connection,
  timeoutSeconds: number,
  endpoint?: string,
): ClientProfile {
  const httpProfile = { reqTimeout: timeoutSeconds, ...(endpoint === undefined ? {} : { endpoint }) };
  const language = 'en-US';
  // With an agent the client ignores `http_proxy`, so a test reaches its fake API directly.
  if (loopback !== undefined)
    return { language, httpProfile: { ...httpProfile, protocol: 'http://', agent: agentFor('http:') } };
  if (!httpProxy && usesHttpProxy(process.env)) return { language, httpProfile };
  return { language, httpProfile: { ...httpProfile, agent: agentFor('https:', httpProxy) } };
}
