import { CREDENTIAL_HEADERS } from './credentials';

/** RFC 9110 §7.6.1, and others in use with HTTP/1.1 proxies: they describe one connection, not the message. */
const HOP_BY_HOP = [
  'connection',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Secrets of the client for parties other than the provider, in addition to `CREDENTIAL_HEADERS`. */
const OTHER_SECRETS = [
  'cookie',
  'cookie2',
  'x-amz-security-token',
  'x-csrf-token',
  'x-goog-iam-authorization-token',
  'x-serverless-authorization',
  'x-xsrf-token',
];

/**
 * Headers with the account, project or workspace of a client's own key. With a server's key they are wrong: the provider
 * rejects the combination, and the failure would be attributed to the key.
 * https://platform.openai.com/docs/api-reference/authentication, https://cloud.google.com/apis/docs/system-parameters,
 * https://docs.aws.amazon.com/claude-platform/latest/userguide/workspaces.html
 */
const ACCOUNT_HEADERS = [
  'anthropic-organization-id',
  'anthropic-workspace-id',
  'chatgpt-account-id',
  'openai-organization',
  'openai-project',
  'x-dashscope-workspace',
  'x-goog-iam-authority-selector',
  'x-goog-user-project',
];

/** Marks a request that another deployment of this proxy has handed over. It never reaches a provider. */
export const SISTER_HEADER = 'x-proxy-from-sister';

/** In every response: this proxy's id of the request, as in its log. */
export const REQUEST_ID_HEADER = 'X-Proxy-Request-Id';

/** Headers about the client or the platform in between, by whole name … */
const CLIENT_HEADERS = [
  SISTER_HEADER,
  'cdn-loop',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'forwarded-for',
  'http-client-ip',
  'incap-client-ip',
  'origin',
  'proxy-client-ip',
  'referer',
  'remote-addr',
  'rndr-id',
  'true-client-ip',
  'via',
  'wl-proxy-client-ip',
  'x-api-requestid',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-coming-from',
  'x-forwarded',
  'x-host',
  'x-originating-ip',
  'x-proxyuser-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-sucuri-clientip',
  'x-true-client-ip',
  'x-cloud-trace-context',
];

/** … and by the beginning of the name. */
const CLIENT_HEADERS_PREFIXES = [
  'ali-',
  'cf-',
  'cloudfront-',
  'eo-',
  'fly-',
  'sec-',
  'x-amz-cf-',
  'x-amzn-',
  'x-appengine-',
  'x-arr-',
  'x-azure-',
  'x-cdn-',
  'x-envoy-',
  'x-forwarded-',
  'x-nf-',
  'x-nginx-',
  'x-original-',
  'x-qcloud-',
  'x-real-',
  'x-scf-',
  'x-tencent-',
  'x-vercel-',
];

const NOT_SENT_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  ...CREDENTIAL_HEADERS,
  ...OTHER_SECRETS,
  ...CLIENT_HEADERS,
  'host', // the upstream's
  'content-length', // written again for the body that is actually sent
]);

/** Headers that a browser stores for the host of the request, which is this proxy and not the provider. */
const HOST_HEADERS = ['alt-svc', 'clear-site-data', 'strict-transport-security'];

const NOT_SENT_TO_CLIENT = new Set([
  ...HOP_BY_HOP,
  ...HOST_HEADERS,
  'set-cookie',
  'set-cookie2',
  REQUEST_ID_HEADER.toLowerCase(), // of another proxy of this kind; this one sets its own
]);

/** Whether a header of this name is never sent upstream. */
export const isHiddenFromUpstream = remembered(isHidden);

/** Whether a header of this name is never sent upstream with a server's key. */
export const isHiddenFromServerKey = remembered(
  (lower) => isHidden(lower) || ACCOUNT_HEADERS.includes(lower),
);

/** Whether a header of this name is never sent to the client. The proxy sets CORS itself; duplicates would be invalid. */
export const isHiddenFromClient = remembered(
  (lower) => NOT_SENT_TO_CLIENT.has(lower) || lower.startsWith('access-control-'),
);

function isHidden(lower: string): boolean {
  return NOT_SENT_UPSTREAM.has(lower) || CLIENT_HEADERS_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Names are untrusted: a limited number is cached, and none that is longer than any real one. */
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_LENGTH = 64;

/**
 * Caches the decision for each name: the same few names are in every request. A full cache is cleared, or made-up names
 * could keep the real ones out.
 * @param known the cache, which a test may read
 */
export function remembered(
  decide: (lower: string) => boolean,
  known = new Map<string, boolean>(),
): (name: string) => boolean {
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const decision = decide(name.toLowerCase());
    if (name.length > MAX_REMEMBERED_LENGTH) return decision;
    if (known.size >= MAX_REMEMBERED) known.clear();
    known.set(name, decision);
    return decision;
  };
}
