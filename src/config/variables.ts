import type { KeyStrategy } from '../proxy/keys/key-choice';
import { ownPrices } from '../prices/own-prices';
import { errorCode } from '../errors/node-errors';
import { isHiddenFromUpstream } from '../http/header-lists';
import { modelPattern } from '../proxy/routing/model-routes';
import { STANDING_RULES, TRANSFORM_KINDS, chatRule } from '../transforms/registry';
import type { Rule } from '../transforms/rule';
import {
  flag,
  integer,
  integerIfSet,
  integerOrOff,
  items,
  list,
  oneOf,
  webOrigins,
  type Parser,
  type ParseResult,
} from './parsers/basic';
import { customProviders } from './parsers/custom-providers';
import { otlpEndpoint, otlpHeaders, resourceAttributes } from './parsers/otel';
import { modelRoutes } from './parsers/routing';
import { readAlertUrl } from './parsers/alert-url';
import { readRedisUrl, readSisterUrl } from './parsers/upstream';
import { dailyCap } from './parsers/money';
import { readListenAddress, readPublicUrl } from './parsers/own-address';
import {
  TOKEN_NAME,
  accessTokens,
  adminToken,
  configSecret,
  revokedTokens,
  tokenSecrets,
} from './parsers/secrets';
import { tokenLimits } from './parsers/token-limits';
import type * as RequestRulesModule from './rules/request-rules';

/** One row of the table: one environment variable. */
export interface Variable<T> {
  readonly name: string;
  /** Another accepted name, which users often write. */
  readonly alias?: string;
  /** The default if the variable is not set or empty. */
  readonly fallback: string;
  /** For docs/configuration.md: what it does, with its unit. */
  readonly about: string;
  /** Whether its value is never shown. */
  readonly secret?: boolean;
  readonly parse: Parser<T>;
}

/** What to do if the provider does not serve the proxy's country. */
export type EgressGuard = 'off' | 'enforce';

/** Whether the usage of a streamed chat is asked for where the client has not. */
export type MeterStreams = 'off' | 'ask';

/** Who sees the page at `/`: anybody, holders of a token, nobody. */
export type PageVisibility = 'open' | 'token' | 'off';
const PAGE_VISIBILITIES: readonly PageVisibility[] = ['open', 'token', 'off'];

/** Whether the log says that a token is used from a new place; `auto`: where instances share what they know. */
export type NewPlaceWarnings = 'auto' | 'on' | 'off';
const NEW_PLACE_WARNINGS: readonly NewPlaceWarnings[] = ['auto', 'on', 'off'];

/** Lines below it are not written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

const variable = <T>(row: Variable<T>): Variable<T> => row;

/** The one table of variables. A new variable needs only a row here; docs/configuration.md, validation and `npm run config` use it. */
export const VARIABLES = {
  port: variable({
    name: 'PORT',
    fallback: '9000',
    about: 'Port to listen on; SCF expects 9000. 0 takes a free one.',
    parse: integer(0, 65_535),
  }),
  host: variable({
    name: 'HOST',
    fallback: '0.0.0.0',
    about:
      'Address to listen on: an IP address of this machine, `localhost` for this machine only, `::` for all with IPv6. Not on SCF.',
    parse: readListenAddress,
  }),
  publicUrl: variable({
    name: 'PUBLIC_URL',
    fallback: '',
    about:
      'The address at which clients reach this proxy, with the path that [a server in front](forwarding.md#behind-another-server) has for it (`https://example.com/llm`). The page and the addresses in responses begin with it. If unset, each request shows it.',
    parse: readPublicUrl,
  }),
  configFile: variable({
    name: 'CONFIG_FILE',
    fallback: '',
    about:
      'The path of a YAML file with variables, which are taken over [when it changes](#a-file-that-is-watched), without a restart. Not on SCF.',
    parse: named,
  }),
  defaultProvider: variable({
    name: 'DEFAULT_PROVIDER',
    fallback: 'openai',
    about:
      'The provider of a request that does not select one. If unset and the server has keys for one provider only, that one.',
    parse: named,
  }),
  customProviders: variable({
    name: 'PROVIDERS',
    fallback: '',
    about:
      'More OpenAI-compatible providers, as a list of `name=base-url` (`mine=https://llm.example.com/v1`), with `;anthropic=url` and `;responses=url` behind it if it [has these formats](providers-and-models.md#your-own-providers). Each is at `/<name>/v1/…`, and `<NAME>_API_KEYS` has its keys.',
    parse: customProviders,
  }),
  allowPrivateProviders: variable({
    name: 'ALLOW_PRIVATE_PROVIDERS',
    fallback: 'false',
    about: 'Whether an entry of `PROVIDERS` may be at an address of this machine or of a private network.',
    parse: flag,
  }),
  modelRoutes: variable({
    name: 'MODEL_ROUTES',
    fallback: '',
    about:
      'More models that go to another provider, as a list of `model=provider`, with `*` for any characters but a slash (`llama-*=groq`, `*/*=openrouter`); `alias=provider/model` renames the model as well. [Several providers](providers-and-models.md#several-providers-for-one-model) serve it in turn (`fast=openai/gpt-5-mini > azure/gpt-5-mini`) or share it by weight (`a/x*3 | b/y`). They come before the built-in table. Of two lines for a model the first counts, so one that another before it covers is refused.',
    parse: modelRoutes,
  }),
  webSockets: variable({
    name: 'WEBSOCKETS',
    fallback: 'on',
    about:
      'Whether WebSocket upgrades are relayed. `off` responds with 426 at once, so that clients fall back to plain requests.',
    parse: flag,
  }),
  heartbeatAfterMs: variable({
    name: 'HEARTBEAT_AFTER',
    fallback: '0',
    about:
      'ms of silence in a stream after which the client gets an event without content, so that no intermediary closes the connection as idle; 0 for never. For chat completions and Messages only.',
    parse: integer(0, 86_400_000),
  }),
  http2After: variable({
    name: 'HTTP2_AFTER',
    fallback: '8',
    about:
      'Number of concurrent requests to a provider from which further streams share HTTP/2 connections, if the provider supports that: 100 streams then take less memory and CPU. `off` for never.',
    parse: integerOrOff(0, 100_000),
  }),
  accessTokens: variable({
    name: 'ACCESS_TOKENS',
    fallback: '',
    secret: true,
    about:
      'Access tokens, as a list of `name:token` or `token`, each of at least 16 characters (`npm run token` makes one). The log shows the name. If unset, anyone who knows the URL can use the proxy.',
    parse: accessTokens,
  }),
  tokenLimits: variable({
    name: 'TOKEN_LIMITS',
    fallback: '',
    about:
      'What tokens of `ACCESS_TOKENS` may do, by name: `mum: usd=5/month rpm=20; dad: models=gpt-5-mini until=2027-01-31`, best as [a table](#limits-of-access-tokens) in a configuration file. The limits are those of [signed tokens](keys-and-tokens.md#tokens-with-limits): `usd`, `rpm`, `tpm`, `concurrency`, `models`, `providers`, `until`.',
    parse: tokenLimits,
  }),
  tokenSecrets: variable({
    name: 'TOKEN_SECRET',
    fallback: '',
    secret: true,
    about:
      'What access tokens with limits of their own are signed with: at least 32 characters (`npm run token -- --secret` makes one). Such tokens need no line in `ACCESS_TOKENS`, and no deployment. To change it, put the new one in front of the old one, separated by a comma, until all tokens are replaced.',
    parse: tokenSecrets,
  }),
  revokedTokens: variable({
    name: 'REVOKED_TOKENS',
    fallback: '',
    about:
      'Signed tokens that are no longer valid, as a list of names (`mum`), ids (`mum~t5k2x9`, the beginning of the token) or times before which all tokens were issued (`before:2026-11-29T12:00:00Z`). With `REDIS_URL`, `npm run token -- revoke` needs no deployment.',
    parse: revokedTokens,
  }),
  allowAnonymous: variable({
    name: 'ALLOW_ANONYMOUS',
    fallback: 'false',
    about:
      'Whether the server may have keys and no access tokens, so that anyone who knows the URL can spend your money.',
    parse: flag,
  }),
  keyStrategy: variable({
    name: 'KEY_STRATEGY',
    fallback: 'round-robin',
    about:
      '`round-robin` uses keys in turn. `affinity` keeps a conversation on its key, for prompt caches and for encrypted reasoning and thinking signatures.',
    parse: oneOf<KeyStrategy>(['round-robin', 'affinity'], (name) =>
      name === 'round-robin' || name === 'affinity' ? name : undefined,
    ),
  }),
  retryUpstreamErrors: variable({
    name: 'RETRY_UPSTREAM_ERRORS',
    fallback: 'false',
    about:
      'Whether a request is tried once more, on another key, after a failed connection, 502, 503 or 529. SDKs retry by themselves.',
    parse: flag,
  }),
  replayBodyBytes: variable({
    name: 'REPLAY_BODY_BYTES',
    fallback: '10485760',
    about: 'Bytes of a request body that are kept for another key; a larger one is sent once.',
    parse: integer(0, 2 ** 40),
  }),
  adminToken: variable({
    name: 'ADMIN_TOKEN',
    fallback: '',
    secret: true,
    about:
      'Gives access to `GET /-/keys`, which shows the state of each key, to the use of all tokens at `GET /-/usage`, and to `GET /-/metrics`. If unset, nobody has it. At least 16 characters.',
    parse: adminToken,
  }),
  metricsToken: variable({
    name: 'METRICS_TOKEN',
    fallback: '',
    secret: true,
    about:
      'Gives access to [`GET /-/metrics`](operations.md#metrics) and to nothing else, for a Prometheus; `ADMIN_TOKEN` does as well. At least 16 characters.',
    parse: adminToken,
  }),
  otlpEndpoint: variable({
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    fallback: '',
    about:
      'The base address of an OpenTelemetry collector (`https://otlp.example.com`, `http://localhost:4318`), which gets [spans and metrics](operations.md#opentelemetry) after each response, as OTLP over HTTP in JSON, at `/v1/traces` and `/v1/metrics` behind it.',
    parse: otlpEndpoint,
  }),
  otlpHeaders: variable({
    name: 'OTEL_EXPORTER_OTLP_HEADERS',
    fallback: '',
    secret: true,
    about:
      'Headers for that collector, as a list of `name=value` with percent-encoded values (`Authorization=Basic%20dXNlcjprZXk=`).',
    parse: otlpHeaders,
  }),
  otelServiceName: variable({
    name: 'OTEL_SERVICE_NAME',
    fallback: '',
    about:
      'What spans and metrics call this service. If unset, `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, or else the name of the function, or `scf-llm-proxy`.',
    parse: named,
  }),
  otelResourceAttributes: variable({
    name: 'OTEL_RESOURCE_ATTRIBUTES',
    fallback: '',
    about:
      'What else is said of the service in spans and metrics, as a list of `name=value` with percent-encoded values (`deployment.environment.name=production`).',
    parse: resourceAttributes,
  }),
  dailyCapNanoUsd: variable({
    name: 'DAILY_CAP_USD',
    fallback: '50',
    about:
      'USD that an access token without a limit of money of its own (`npm run token -- --usd`) may spend a day (UTC) with the keys of the server, so that a stolen one cannot cost more; in each instance. `off` for any amount.',
    parse: dailyCap,
  }),
  prices: variable({
    name: 'PRICES',
    fallback: '',
    about:
      'What models cost, as a list of `model=input/output` or `model=input/output/cached`, in USD a million tokens; a `*` may end a model (`qwen-plus*=0.4/1.2`). They come before the built-in table.',
    parse: ownPrices,
  }),
  meterStreams: variable({
    name: 'METER_STREAMS',
    fallback: 'off',
    about:
      '`ask` asks the provider for the usage of a streamed chat, where the client has not: it adds `stream_options.include_usage` to the request, and takes the added usage out of the response again. For OpenAI, DeepSeek, Groq, DashScope and Together.',
    parse: oneOf<MeterStreams>(['off', 'ask'], (name) =>
      name === 'off' || name === 'ask' ? name : undefined,
    ),
  }),
  redisUrl: variable({
    name: 'REDIS_URL',
    fallback: '',
    secret: true,
    about:
      'A Redis (`redis://` or `rediss://`) through which instances share cool-downs, token throttles, the limits and the use of access tokens, alerts, and where their rotation begins. If it is slow or unreachable, each instance continues without it.',
    parse: readRedisUrl,
  }),
  configSecret: variable({
    name: 'CONFIG_SECRET',
    fallback: '',
    secret: true,
    about:
      'What `npm run config -- push` seals [a configuration](#a-configuration-that-is-pushed) with, at least 32 characters (`npm run token -- --secret` makes one). If it is set, running instances take over what is pushed, through `REDIS_URL`.',
    parse: configSecret,
  }),
  alertUrl: variable({
    name: 'ALERT_URL',
    fallback: '',
    secret: true,
    about:
      'Where the proxy tells its operator that a key is out, a pool is empty, a token has used its budget or the country of the egress address has changed: the https address of a robot of WeCom, Feishu or Lark, DingTalk, Slack or Telegram (`https://api.telegram.org/bot<token>/sendMessage?chat_id=<chat>`); any other gets JSON. Each event about each subject at most once an hour, over all instances with `REDIS_URL`, otherwise in each. `npm run doctor -- --alert-test` sends a test.',
    parse: readAlertUrl,
  }),
  egressGuard: variable({
    name: 'EGRESS_GUARD',
    fallback: 'off',
    about:
      '`enforce` responds with 503 if the provider sees this proxy in a country that it does not serve, and sends nothing to the provider. Leave it off for upstreams of your own choice.',
    parse: oneOf<EgressGuard>(['off', 'enforce'], (name) =>
      name === 'off' || name === 'enforce' ? name : undefined,
    ),
  }),
  sister: variable({
    name: 'SISTER_URL',
    fallback: '',
    about:
      'The https address of another deployment of this proxy, in a country that the providers serve. A request that a provider refuses because of the country is sent there once, before anything of a response has gone out, with the credentials of the client. With `EGRESS_GUARD=enforce` nothing is sent to the provider first.',
    parse: readSisterUrl,
  }),
  stagePrefixes: variable({
    name: 'STAGE_PREFIXES',
    fallback: 'release,test,prepub',
    about: 'First path segments that a gateway in front adds; one is removed.',
    parse: list(/^[\w.~-]+$/, 'path segments of letters, digits, ".", "_", "~" and "-"'),
  }),
  connectTimeoutMs: variable({
    name: 'CONNECT_TIMEOUT',
    fallback: '10000',
    about: 'Maximum ms to connect to the provider, TLS included.',
    parse: integer(1, 600_000),
  }),
  firstByteMs: variable({
    name: 'FIRST_BYTE_TIMEOUT',
    fallback: '',
    about:
      'ms that a provider of [a chain](providers-and-models.md#several-providers-for-one-model) has to begin its response, before the next one gets the request. If unset, 30000 for streams, and no limit for other responses, which begin only when they are complete.',
    parse: integerIfSet(1, 86_400_000),
  }),
  timeoutMs: variable({
    name: 'TIMEOUT',
    fallback: '600000',
    about:
      "Maximum ms until the provider's response begins. The function's own limit (`X-Scf-Timeout`), less a margin, applies if it is shorter.",
    parse: integer(1, 86_400_000),
  }),
  idleTimeoutMs: variable({
    name: 'IDLE_TIMEOUT',
    fallback: '300000',
    about: 'ms of silence in a request or a response after which it is ended.',
    parse: integer(1, 86_400_000),
  }),
  maxBodyBytes: variable({
    name: 'MAX_BODY_BYTES',
    fallback: '52428800',
    about:
      'Maximum bytes of a request body; a larger one is rejected with 413. SCF itself accepts at most 6 MB.',
    parse: integer(0, 2 ** 40),
  }),
  bodyMemoryBytes: variable({
    name: 'BODY_MEMORY',
    fallback: '',
    about:
      'Bytes of memory for all request bodies together. Above it requests wait, then are sent without a retry, then get 503. If unset, half of the memory that the function, the container or the machine has left: 36 MB of 128 MB, at most 1 GB.',
    parse: integerIfSet(1_048_576, 2 ** 40),
  }),
  corsOrigins: variable({
    name: 'CORS_ORIGINS',
    fallback: '*',
    about:
      'Web origins whose pages may read responses, as a list (`https://chat.example.com,http://localhost:3000`), or `*`. With server keys and no access tokens only listed origins may send requests, and `*` allows none.',
    parse: webOrigins,
  }),
  allowedHosts: variable({
    name: 'ALLOWED_HOSTS',
    fallback: '',
    about:
      'Host names of this proxy, as a list (`llm.example.com`), or `*`; that of `PUBLIC_URL` is one of them. Checked only with server keys and no access tokens, and not on SCF: names other than those of local networks are then rejected, since a web page could make its own host name resolve to this machine (DNS rebinding).',
    parse: list(/^(?:\*|[\w.-]+)$/, 'host names without scheme, port and path'),
  }),
  page: variable({
    name: 'PAGE',
    fallback: 'open',
    about:
      'Who sees the page at `/`: `open` anybody; `token` only who has an access token or the admin token, everybody else gets a form that asks for one and says nothing else (`https://…/#TOKEN` fills it in; with an access token in the path, `https://…/TOKEN/`, the page comes at once); `off` nobody, it responds with 404.',
    parse: oneOf<PageVisibility>(PAGE_VISIBILITIES, (name) => PAGE_VISIBILITIES.find((one) => one === name)),
  }),
  newPlaceWarnings: variable({
    name: 'NEW_PLACE_WARNINGS',
    fallback: 'auto',
    about:
      'On SCF: whether the log warns when an access token is used from a new network or by a new client. `auto` is `on` with `REDIS_URL` and `off` without: an instance by itself does not know what others have seen.',
    parse: oneOf<NewPlaceWarnings>(NEW_PLACE_WARNINGS, (name) =>
      NEW_PLACE_WARNINGS.find((one) => one === name),
    ),
  }),
  logLevel: variable({
    name: 'LOG_LEVEL',
    fallback: 'info',
    about:
      '`info` writes a line a request; `debug` also one for each attempt at a provider, and for health probes. `warn` writes only failures and keys that are out, `error` only what an operator must mend; with these two there is nothing for `npm run usage` to sum up.',
    parse: oneOf<LogLevel>(LOG_LEVELS, (name) => LOG_LEVELS.find((level) => level === name)),
  }),
  shutdownGraceMs: variable({
    name: 'SHUTDOWN_GRACE',
    fallback: '8000',
    about: 'ms that running responses may still take after SIGTERM. Docker kills the process after 10000.',
    parse: integer(0, 900_000),
  }),
  shutdownDelayMs: variable({
    name: 'SHUTDOWN_DELAY',
    fallback: '0',
    about:
      'ms after SIGTERM in which connections are still accepted, while [`/-/ready`](operations.md#when-it-shuts-down) responds with 503, so that a load balancer notices; then `SHUTDOWN_GRACE` begins. Not on SCF.',
    parse: integer(0, 300_000),
  }),
  transforms: variable({
    name: 'MESSAGE_TRANSFORMS',
    fallback: '',
    about: `Changes to chat bodies, as a list, which are rules for every request ([REQUEST_RULES](#request_rules) has more). ${TRANSFORM_KINDS.map((kind) => kind.about).join(' ')}`,
    parse: transforms,
  }),
  requestRules: variable({
    name: 'REQUEST_RULES',
    fallback: '',
    about:
      'What is changed of requests, by provider, model and access token, as [a table in a configuration file](providers-and-models.md#request-rules), or the same as JSON: `[{"token":"kid","max-tokens":4096},{"model":"claude-*","prompt-cache":"5m"}]`. The response says in `x-proxy-transformed` which rules have changed something. No secret may be in it.',
    parse: requestRules,
  }),
};

function named(text: string): ParseResult<string> {
  return { value: text };
}

function transforms(text: string): ParseResult<readonly Rule[]> {
  const armed: Rule[] = [...STANDING_RULES];
  for (const item of items(text)) {
    const [name, argument = ''] = item.split(/:(.*)/s);
    const kind = TRANSFORM_KINDS.find((candidate) => candidate.name === name);
    const transform = kind?.arm(argument);
    if (!kind || !transform) {
      return {
        problem: `must be a comma-separated list of transforms: ${TRANSFORM_KINDS.map((one) => `${one.name}:N`).join(', ')} (N from 1 to 99).`,
      };
    }
    armed.push(chatRule(kind.name, transform));
  }
  return { value: armed };
}

function requestRules(text: string): ParseResult<readonly Rule[]> {
  if (text === '') return { value: [] };
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the start waits for it
    const { readRequestRules } = require('./rules/request-rules') as typeof RequestRulesModule;
    return readRequestRules(text, { modelPattern, isHiddenFromUpstream, tokenName: TOKEN_NAME });
  } catch (error) {
    if (errorCode(error) !== 'MODULE_NOT_FOUND') throw error;
    return { problem: 'needs request-rules.js beside the bundle. Copy all files of the build.' };
  }
}
