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

/** Anything that a caller may have put a key into; ours is added afterwards. */
const CREDENTIALS = ['api-key', 'authorization', 'cookie', 'cookie2', 'x-api-key', 'x-goog-api-key'];

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

/** What no request takes upstream, by whole name. */
export const NOT_SENT_UPSTREAM = new Set([
  ...HOP_BY_HOP,
  ...CREDENTIALS,
  ...TELLS_OF_CALLER,
  'host', // the upstream's
  'content-length', // written again for the body that is really sent
]);

/** What a browser keeps for the host that it asked, which is this proxy and not the provider. */
const TELLS_OF_HOST = ['alt-svc', 'clear-site-data', 'strict-transport-security'];

/** What no answer takes to its caller. */
export const NOT_SENT_TO_CALLER = new Set([...HOP_BY_HOP, ...TELLS_OF_HOST, 'set-cookie', 'set-cookie2']);

/** Whether a header, by its name in lower case, tells of the caller or of the platform. */
export function tellsOfCaller(lower: string): boolean {
  return TELLS_OF_CALLER_PREFIXES.some((prefix) => lower.startsWith(prefix));
}
