import type { KeyStrategy } from '../core/key-pool';
import { STANDING_TRANSFORMS, TRANSFORM_KINDS } from '../transforms/registry';
import type { Transform } from '../transforms/transform';
import {
  flag,
  integer,
  integerIfSet,
  integerOrOff,
  items,
  list,
  oneOf,
  webOrigins,
  type Reader,
  type Reading,
} from './readers';
import { customProviders, modelRoutes } from './routing';
import { accessTokens, adminToken } from './secrets';

/** One row of the table: one environment variable. */
export interface Variable<T> {
  readonly name: string;
  /** Another name for the same, for the habit of writing it so. */
  readonly otherName?: string;
  /** What holds where the variable is not set or empty. */
  readonly fallback: string;
  /** For the README: what it does, with its unit. */
  readonly about: string;
  /** Whether its value is never shown. */
  readonly secret?: boolean;
  readonly read: Reader<T>;
}

/** What is done about a country that the provider does not serve. */
export type EgressGuard = 'off' | 'enforce';

const variable = <T>(row: Variable<T>): Variable<T> => row;

/** The one table of variables. A new variable is one row here; README, validation and `npm run config` follow. */
export const VARIABLES = {
  port: variable({
    name: 'PORT',
    fallback: '9000',
    about: 'Port to listen on; SCF expects 9000. 0 takes a free one.',
    read: integer(0, 65_535),
  }),
  defaultProvider: variable({
    name: 'DEFAULT_PROVIDER',
    fallback: 'openai',
    about:
      'The provider of a request that says nothing of its own. If unset and the server has keys for one provider only, that one.',
    read: named,
  }),
  customProviders: variable({
    name: 'PROVIDERS',
    fallback: '',
    about:
      'More OpenAI-compatible providers, as a list of `name=base-url` (`zhipu=https://open.bigmodel.cn/api/paas/v4`). Each is at `/<name>/v1/…`, and `<NAME>_API_KEYS` has its keys.',
    read: customProviders,
  }),
  allowPrivateProviders: variable({
    name: 'ALLOW_PRIVATE_PROVIDERS',
    fallback: 'false',
    about: 'Whether an entry of `PROVIDERS` may be at an address of this machine or of a private network.',
    read: flag,
  }),
  modelRoutes: variable({
    name: 'MODEL_ROUTES',
    fallback: '',
    about:
      'More models that go to another provider, as a list of `model=provider`, with `*` for any characters but a slash (`llama-*=groq`, `*/*=openrouter`); `alias=provider/model` renames the model as well. They come before the built-in table.',
    read: modelRoutes,
  }),
  webSockets: variable({
    name: 'WEBSOCKETS',
    fallback: 'on',
    about:
      'Whether WebSocket upgrades are relayed. `off` answers 426 at once, so that clients fall back to plain requests.',
    read: flag,
  }),
  heartbeatAfterMs: variable({
    name: 'HEARTBEAT_AFTER',
    fallback: '0',
    about:
      'ms of silence in a stream after which the caller gets an event that means nothing, so that nothing in between takes the connection for dead; 0 for never. For chat completions and Messages only.',
    read: integer(0, 86_400_000),
  }),
  http2After: variable({
    name: 'HTTP2_AFTER',
    fallback: '8',
    about:
      'With how many requests under way to a provider further streams share connections over HTTP/2, if the provider offers that: 100 streams then take less memory and CPU. `off` for never.',
    read: integerOrOff(0, 100_000),
  }),
  accessTokens: variable({
    name: 'ACCESS_TOKENS',
    fallback: '',
    secret: true,
    about:
      'Access tokens, as a list of `name:token` or `token`, each of at least 16 characters (`npm run token` makes one). The log shows the name. If unset, anyone who knows the URL can use the proxy.',
    read: accessTokens,
  }),
  allowAnonymous: variable({
    name: 'ALLOW_ANONYMOUS',
    fallback: 'false',
    about:
      'Whether the server may have keys and no access tokens, so that whoever finds its address spends your money.',
    read: flag,
  }),
  keyStrategy: variable({
    name: 'KEY_STRATEGY',
    fallback: 'round-robin',
    about:
      '`round-robin` uses keys in turn. `affinity` keeps a conversation on its key, for prompt caches and for encrypted reasoning and thinking signatures.',
    read: oneOf<KeyStrategy>(['round-robin', 'affinity'], (name) =>
      name === 'round-robin' || name === 'affinity' ? name : undefined,
    ),
  }),
  retryUpstreamErrors: variable({
    name: 'RETRY_UPSTREAM_ERRORS',
    fallback: 'false',
    about:
      'Whether a failed connection, 502, 503 and 529 are tried once more, on another key. SDKs retry by themselves.',
    read: flag,
  }),
  replayBodyBytes: variable({
    name: 'REPLAY_BODY_BYTES',
    fallback: '10485760',
    about: 'Bytes of a request body that are kept for another key; a larger one is sent once.',
    read: integer(0, 2 ** 40),
  }),
  adminToken: variable({
    name: 'ADMIN_TOKEN',
    fallback: '',
    secret: true,
    about:
      'Opens `GET /-/keys`, which tells the state of each key. Without it there is no such page. At least 16 characters.',
    read: adminToken,
  }),
  redisUrl: variable({
    name: 'REDIS_URL',
    fallback: '',
    secret: true,
    about:
      'A Redis (`redis://` or `rediss://`) through which instances share cool-downs, token throttles and where their rotation begins. Slow or gone, each goes on by itself.',
    read: (text: string): Reading<string> =>
      text === '' || /^rediss?:\/\/\S+$/.test(text)
        ? { value: text }
        : { problem: 'must begin with redis:// or rediss://.' },
  }),
  egressGuard: variable({
    name: 'EGRESS_GUARD',
    fallback: 'off',
    about:
      '`enforce` answers 503 where the provider sees this proxy in a country that it does not serve, and sends nothing to it. Leave it off for upstreams of your own choice.',
    read: oneOf<EgressGuard>(['off', 'enforce'], (name) =>
      name === 'off' || name === 'enforce' ? name : undefined,
    ),
  }),
  stagePrefixes: variable({
    name: 'STAGE_PREFIXES',
    fallback: 'release,test,prepub',
    about: 'First path segments that a gateway in front adds; one is removed.',
    read: list(/^[\w.~-]+$/, 'path segments of letters, digits, ".", "_", "~" and "-"'),
  }),
  connectTimeoutMs: variable({
    name: 'CONNECT_TIMEOUT',
    fallback: '10000',
    about: 'ms until a connection to the provider stands, TLS included.',
    read: integer(1, 600_000),
  }),
  timeoutMs: variable({
    name: 'TIMEOUT',
    fallback: '600000',
    about:
      "ms until the provider's answer begins. The function's own limit (`X-Scf-Timeout`), less a margin, comes first where it is shorter.",
    read: integer(1, 86_400_000),
  }),
  idleTimeoutMs: variable({
    name: 'IDLE_TIMEOUT',
    fallback: '300000',
    about: 'ms of silence inside a request or an answer after which it is given up.',
    read: integer(1, 86_400_000),
  }),
  maxBodyBytes: variable({
    name: 'MAX_BODY_BYTES',
    fallback: '52428800',
    about: 'Bytes of a request body; a larger one is refused with 413. SCF itself stops at 6 MB.',
    read: integer(0, 2 ** 40),
  }),
  bodyMemoryBytes: variable({
    name: 'BODY_MEMORY',
    fallback: '',
    about:
      'Bytes of memory that request bodies may take together. Past it requests wait, then are sent without a second try, then get 503. If unset, half of what the function, the container or the machine leaves: 36 MB of 128 MB, at most 1 GB.',
    read: integerIfSet(1_048_576, 2 ** 40),
  }),
  corsOrigins: variable({
    name: 'CORS_ORIGINS',
    fallback: '*',
    about:
      'Web origins whose pages may read answers, as a list (`https://chat.example.com,http://localhost:3000`), or `*`. With server keys and no access tokens only those that are listed may call, and `*` lists none.',
    read: webOrigins,
  }),
  allowedHosts: variable({
    name: 'ALLOWED_HOSTS',
    fallback: '',
    about:
      'Host names that lead to this proxy, as a list (`llm.example.com`), or `*`. Looked at only with server keys and no access tokens, and not on SCF: names other than those of local networks are refused then, since a web page could point its own name at this machine.',
    read: list(/^(?:\*|[\w.-]+)$/, 'host names without scheme, port and path'),
  }),
  shutdownGraceMs: variable({
    name: 'SHUTDOWN_GRACE',
    fallback: '8000',
    about: 'ms that running answers may still take after SIGTERM. Docker kills after 10000.',
    read: integer(0, 900_000),
  }),
  transforms: variable({
    name: 'MESSAGE_TRANSFORMS',
    fallback: '',
    about: `Changes to chat bodies, as a list. ${TRANSFORM_KINDS.map((kind) => kind.about).join(' ')}`,
    read: transforms,
  }),
};

function named(text: string): Reading<string> {
  return { value: text };
}

function transforms(text: string): Reading<readonly Transform[]> {
  const armed: Transform[] = [...STANDING_TRANSFORMS];
  for (const item of items(text)) {
    const [name, argument = ''] = item.split(/:(.*)/s);
    const kind = TRANSFORM_KINDS.find((candidate) => candidate.name === name);
    const transform = kind?.arm(argument);
    if (!transform) {
      return {
        problem: `must be a comma-separated list of transforms: ${TRANSFORM_KINDS.map((one) => `${one.name}:N`).join(', ')} (N from 1 to 99).`,
      };
    }
    armed.push(transform);
  }
  return { value: armed };
}
