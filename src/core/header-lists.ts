import { CREDENTIAL_HEADERS } from './credentials';

/** RFC 9110 §7.6.1, and what HTTP/1.1 proxies meet beside it: they speak of one connection, not of the message. */
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

/** What is a secret of the client's for somebody else than the provider, beside the credentials of one list. */
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
 * What names the account, project or workspace that a client's own key belongs to. Beside a key of the server's it is
 * wrong: the provider refuses the pair, and the key would take the blame.
 * https://platform.openai.com/docs/api-reference/authentication, https://cloud.google.com/apis/docs/system-parameters,
 * https://docs.aws.amazon.com/claude-platform/latest/userguide/workspaces.html
 */
const TELLS_OF_ACCOUNT = [
  'anthropic-organization-id',
  'anthropic-workspace-id',
  'chatgpt-account-id',
  'openai-organization',
  'openai-project',
  'x-dashscope-workspace',
  'x-goog-iam-authority-selector',
  'x-goog-user-project',
];

/** What tells of the caller or of the platform in between, by whole name … */
const TELLS_OF_CALLER = [
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
const TELLS_OF_CALLER_PREFIXES = [
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
  ...TELLS_OF_CALLER,
  'host', // the upstream's
  'content-length', // written again for the body that is really sent
]);

/** What a browser keeps for the host that it asked, which is this proxy and not the provider. */
const TELLS_OF_HOST = ['alt-svc', 'clear-site-data', 'strict-transport-security'];

const NOT_SENT_TO_CALLER = new Set([...HOP_BY_HOP, ...TELLS_OF_HOST, 'set-cookie', 'set-cookie2']);

/** Whether no request takes a header of this name upstream. */
export const isKeptFromUpstream = remembered(isKept);

/** Whether a request with a key of the server's takes no header of this name upstream. */
export const isKeptFromServerKey = remembered((lower) => isKept(lower) || TELLS_OF_ACCOUNT.includes(lower));

/** Whether no answer takes a header of this name to its caller. Who may read it is for ours to say; two of a kind mean nobody. */
export const isKeptFromCaller = remembered(
  (lower) => NOT_SENT_TO_CALLER.has(lower) || lower.startsWith('access-control-'),
);

function isKept(lower: string): boolean {
  return NOT_SENT_UPSTREAM.has(lower) || TELLS_OF_CALLER_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Names come from outside: no more than this many are remembered, and none that is longer than any real one. */
const MAX_REMEMBERED = 1_000;
const MAX_REMEMBERED_LENGTH = 64;

/**
 * The same few names come with every request, written in the same way: each is decided once. A memory that made-up
 * names have filled begins anew, or the real ones would never be remembered again.
 * @param known the memory, which a test may look into
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
