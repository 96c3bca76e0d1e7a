interface FailureRow {
  readonly status: number;
  /** Whether the same request fails again however often it is repeated; SDKs read it in `x-should-retry: false`. */
  readonly final?: true;
  readonly message: string;
}

/** For what a network that blocks a provider causes, which is what this proxy is deployed against. */
const BLOCKED =
  'On your own machine the cause is often a network that blocks the provider: deploy the proxy to a region that reaches it (npm run deploy), or set HTTPS_PROXY.';

/**
 * Every failure of the proxy itself: its status and the sentence that names the remedy. One row is one failure;
 * the row's name travels as `x-proxy-error`, so that a client can distinguish it from the upstream's.
 */
export const FAILURES = {
  'bad-path': {
    status: 400,
    final: true,
    message:
      'The proxy cannot relay this request path. Send an origin-form path such as /v1/chat/completions, without dot segments, a doubled leading slash, backslashes or encoded control characters.',
  },
  'bad-request': {
    status: 400,
    final: true,
    message:
      'The request is not valid HTTP/1.1, so nothing was sent upstream. Check its framing headers (Content-Length, Transfer-Encoding) and any intermediary between the client and this proxy.',
  },
  'body-already-read': {
    status: 500,
    final: true,
    message:
      'The server that this proxy is part of has read the body of the request, so nothing was sent upstream. Mount the proxy before whatever parses bodies (app.use(proxy) above app.use(express.json())).',
  },
  'bad-parameter': {
    status: 400,
    final: true,
    message:
      'A parameter of this page is out of range. chunks must be an integer from 1 to 100, interval an integer from 10 to 1000 (ms); by must be one or more of token, model, provider and day, separated by commas; a date must have the form 2026-11-29, and since may be 30d as well.',
  },
  'bad-page': {
    status: 400,
    final: true,
    message:
      'The limit of this list is not a whole number from 1 to 1000. Send limit=1000, or leave it out for pages of 20 models.',
  },
  'too-many-keys': {
    status: 400,
    final: true,
    message:
      'The credential contains more than 32 API keys, so nothing was sent upstream. Send at most 32, separated by "|" or ",".',
  },
  'missing-key': {
    status: 401,
    final: true,
    message:
      'No API key was sent. Send yours as "Authorization: Bearer KEY" or "x-api-key: KEY", as the provider\'s API expects it.',
  },
  'no-key-for-provider': {
    status: 401,
    final: true,
    message:
      'Your access token is valid, but this proxy has no keys for this provider. Send your own key followed by the token: KEY:TOKEN.',
  },
  'bad-token': {
    status: 401,
    final: true,
    message:
      'This proxy requires a valid access token. Send it in place of the API key, after your own key (KEY:TOKEN), or as the first segment of the path.',
  },
  'token-expired': {
    status: 401,
    final: true,
    message: 'Your access token has expired. Ask the operator of this proxy for a new one.',
  },
  'token-revoked': {
    status: 401,
    final: true,
    message: 'Your access token has been revoked. Ask the operator of this proxy for a new one.',
  },
  'bad-admin-token': {
    status: 401,
    final: true,
    message:
      'This page requires the admin token: send "Authorization: Bearer ADMIN_TOKEN"; /-/metrics takes METRICS_TOKEN as well.',
  },
  'foreign-origin': {
    status: 403,
    final: true,
    message:
      'This proxy has keys but no access tokens, so it rejects requests from other web pages and for unknown host names. Set ACCESS_TOKENS, or add the origin of the page to CORS_ORIGINS, or the host to ALLOWED_HOSTS.',
  },
  'keys-not-permitted': {
    status: 403,
    final: true,
    message:
      'No key of this proxy is permitted to use this model or feature. Use another one, or ask the operator of the proxy for a key that is permitted.',
  },
  'model-not-allowed': {
    status: 403,
    final: true,
    message: 'Your access token is not for this model.',
  },
  'provider-not-allowed': {
    status: 403,
    final: true,
    message: 'Your access token is not for this provider.',
  },
  'format-not-served': {
    status: 400,
    final: true,
    message:
      'The provider of this model does not serve this API format, and the proxy translates no format into another. Send the request in a format that the provider has, or name a model of a provider that has this one.',
  },
  'unknown-provider': {
    status: 404,
    final: true,
    message:
      'The first segment of the path is not the name of a provider of this proxy, so nothing was sent upstream. Omit it, or use one of the names that the page at / lists.',
  },
  'model-not-found': {
    status: 404,
    final: true,
    message:
      'No provider of this proxy lists such a model, or your access token is not for it. GET /v1/models lists those that you can use; a provider that could not be asked is named in X-Proxy-Models-Missing.',
  },
  'not-found': {
    status: 404,
    final: true,
    message:
      'This proxy has no such page. Paths under /-/ are pages of the proxy (for example /-/health); all other paths are relayed.',
  },
  'method-not-allowed': {
    status: 405,
    final: true,
    message: "The proxy's own pages support only GET and HEAD.",
  },
  'method-not-relayed': {
    status: 405,
    final: true,
    message:
      'This proxy does not relay TRACE and similar methods, because the response would repeat the request, including the key. Use the method that the provider documents.',
  },
  'request-timeout': {
    status: 408,
    message: 'The complete request did not arrive in time. Send it again; if it is large, send it in parts.',
  },
  'body-too-large': {
    status: 413,
    final: true,
    message:
      'The request body is larger than this proxy accepts. Send a smaller body, or raise MAX_BODY_BYTES and the memory of the function.',
  },
  'url-too-long': {
    status: 414,
    final: true,
    message: 'The URL is longer than 16384 bytes. Send long parameters in the request body instead.',
  },
  'bad-websocket': {
    status: 400,
    final: true,
    message:
      'The WebSocket upgrade is not valid. It needs a Sec-WebSocket-Key of 16 bytes in Base64, and must not have a body. Check the client and any intermediary between it and this proxy.',
  },
  'bad-websocket-version': {
    status: 426,
    final: true,
    message: 'Unsupported WebSocket version. Send "Sec-WebSocket-Version: 13".',
  },
  'websocket-unsupported': {
    status: 426,
    final: true,
    message:
      'WebSockets are not available here: the platform does not pass upgrades on, or WEBSOCKETS=off is set. Send the same request as a plain HTTP POST instead.',
  },
  'websocket-not-served': {
    status: 426,
    final: true,
    message:
      'This model cannot be reached over a WebSocket here. Send the same request as a plain HTTP POST instead.',
  },
  'bad-websocket-message': {
    status: 400,
    final: true,
    message:
      'What came over the WebSocket is not a frame of a client (RFC 6455, section 5), so it was not sent on. Check the client and any intermediary between it and this proxy.',
  },
  'websocket-other-provider': {
    status: 409,
    final: true,
    message:
      'The model of this message belongs to another provider than the first one of this WebSocket. Open a new WebSocket for it.',
  },
  'keys-cooling': {
    status: 429,
    message:
      'Every key of this proxy for this provider is rate-limited or temporarily disabled. Wait as long as Retry-After says, or add keys.',
  },
  'token-rate-limited': {
    status: 429,
    message:
      'Your access token has used up its requests for this minute. Wait as long as Retry-After says, or ask the operator of this proxy for a token with a higher limit.',
  },
  'token-busy': {
    status: 429,
    message:
      'Your access token has as many requests under way as it may have. Send this one again when another has ended.',
  },
  'token-tokens-limited': {
    status: 429,
    message:
      'Your access token has used up its tokens of input and output for this minute. Wait as long as Retry-After says, or ask the operator of this proxy for a token with a higher limit.',
  },
  'token-budget-spent': {
    status: 429,
    message:
      'Your access token has spent what it may. Ask the operator of this proxy for a token with a larger budget, or wait as long as Retry-After says, if there is one.',
  },
  'keys-out-of-credit': {
    status: 429,
    final: true,
    message:
      'No key of this proxy has credit left with this provider, so repeating the request does not help. The operator of the proxy can add credit or keys.',
  },
  'keys-budget-spent': {
    status: 429,
    final: true,
    message:
      'The keys of this proxy for this provider have spent the budgets that its operator has given them. They are used again after Retry-After, if there is one; the operator can raise a budget (key@9usd/month) or add keys.',
  },
  'too-many-bad-tokens': {
    status: 429,
    message:
      'Too many invalid access tokens came from your address. Wait as long as Retry-After says, then send a valid one.',
  },
  'headers-too-large': {
    status: 431,
    final: true,
    message: 'The request headers are larger than 32768 bytes in total. Send fewer or shorter headers.',
  },
  'proxy-error': {
    status: 500,
    message:
      'An internal error occurred in this proxy; the request may or may not have reached the provider. The log of the proxy has the cause.',
  },
  'upstream-unreachable': {
    status: 502,
    message: `The provider's address refused the connection or cannot be reached from here. Check the upstream setting and the function's network access. ${BLOCKED}`,
  },
  'upstream-dns': {
    status: 502,
    message: `The provider's host name does not resolve from here. Check the upstream setting and the function's public network access. ${BLOCKED}`,
  },
  'upstream-tls': {
    status: 502,
    message:
      'No trusted TLS connection to the provider could be made. Check the upstream setting; a certificate of your own is trusted through NODE_EXTRA_CA_CERTS.',
  },
  'upstream-reset': {
    status: 502,
    message: `The provider closed the connection before it sent a response. Send the request again. ${BLOCKED}`,
  },
  'upstream-invalid': {
    status: 502,
    message:
      'The response of the provider is not valid HTTP. Check that the upstream setting points to an HTTP API.',
  },
  'upstream-cut': {
    status: 502,
    message:
      'The provider closed the connection in the middle of its response, so the response is incomplete. Send the request again.',
  },
  'websocket-refused': {
    status: 502,
    message:
      'The provider has not accepted the WebSocket. Send the same request as a plain HTTP POST instead, or try again later.',
  },
  'upstream-unreadable': {
    status: 502,
    final: true,
    message:
      'The provider sent an error response in an encoding that this proxy cannot decode, so it is not passed on. Send the request again with "Accept-Encoding: gzip".',
  },
  'too-busy': {
    status: 503,
    message:
      'This instance has no memory left for the request body, so nothing was sent to the provider. Send it again after Retry-After; if it happens often, give the function more memory or raise BODY_MEMORY.',
  },
  'too-many-connections': {
    status: 503,
    message:
      'This instance has no file descriptors left for a connection to the provider. Send the request again after Retry-After; if it happens often, lower the number of requests that an instance takes at once.',
  },
  'egress-refused': {
    status: 503,
    final: true,
    message:
      'The provider does not accept requests from the country of this proxy, so nothing was sent to it. Deploy the proxy in another region, outside Hong Kong and the mainland, or set EGRESS_GUARD=off to send requests anyway.',
  },
  'key-refused': {
    status: 503,
    message:
      'The provider rejected the key that this proxy used, and the request was too large to keep for a second attempt. Send it again: the proxy will use another key.',
  },
  'keys-invalid': {
    status: 503,
    final: true,
    message:
      "The provider rejects every key of this proxy as invalid. Your access token is valid; the proxy's operator must check the keys and the upstream setting.",
  },
  'selftest-busy': {
    status: 503,
    message: 'The maximum number of self-tests is already running. Wait as long as Retry-After says.',
  },
  'console-busy': {
    status: 503,
    message:
      'As many consoles as may listen to the requests of this instance do so already. Close one of them, or wait as long as Retry-After says.',
  },
  'shutting-down': {
    status: 503,
    message: 'This instance is shutting down. Send the request again; another instance will take it.',
  },
  'connect-timeout': {
    status: 504,
    message: `No connection to the provider within CONNECT_TIMEOUT. Check the upstream setting and the function's public network access. ${BLOCKED}`,
  },
  'upstream-timeout': {
    status: 504,
    message:
      'The provider sent no response in time. Request a stream ("stream": true), or raise TIMEOUT if the function itself may run longer.',
  },
  'function-deadline': {
    status: 504,
    message:
      'The function reached its own time limit. Raise the timeout of the SCF function (up to 900 s), or request a shorter response.',
  },
  'idle-timeout': {
    status: 504,
    message:
      'The provider sent nothing for longer than IDLE_TIMEOUT in the middle of its response, so the response is incomplete.',
  },
} as const satisfies Record<string, FailureRow>;

export type FailureCode = keyof typeof FAILURES;

/** A failure of the proxy, as a provider's error shape needs it. The message never carries a secret. */
export interface Failure {
  readonly code: FailureCode;
  readonly status: number;
  readonly message: string;
  /** Whether the same request may succeed if it is repeated. */
  readonly isWorthRepeating: boolean;
}
